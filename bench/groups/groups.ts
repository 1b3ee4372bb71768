/** All groups, in the order of the report. */

import type { Group } from '../kit/group.ts'
import { checkpoints } from './checkpoints.ts'

export const groups: readonly Group[] = [checkpoints]
