/** Names of the faults for which the core refuses a proof. */

import {
  PROOF_FAULT_BAD_BRANCH,
  PROOF_FAULT_BAD_PATH,
  PROOF_FAULT_BAD_REFERENCE,
  PROOF_FAULT_BAD_RLP,
  PROOF_FAULT_BAD_TRIE_NODE,
  PROOF_FAULT_BAD_VALUE,
  PROOF_FAULT_EXTRA_TRIE_NODE,
  PROOF_FAULT_MALFORMED_LIST,
  PROOF_FAULT_MISSING_TRIE_NODE,
  PROOF_FAULT_NOT_ABSENT,
  PROOF_FAULT_WRONG_BALANCE,
  PROOF_FAULT_WRONG_CODE_HASH,
  PROOF_FAULT_WRONG_HASH,
  PROOF_FAULT_WRONG_NONCE,
  PROOF_FAULT_WRONG_STORAGE_ROOT,
  PROOF_FAULT_WRONG_VALUE,
} from './abi.gen.ts'

const FAULTS = {
  [PROOF_FAULT_MALFORMED_LIST]: 'malformedList',
  [PROOF_FAULT_MISSING_TRIE_NODE]: 'missingTrieNode',
  [PROOF_FAULT_EXTRA_TRIE_NODE]: 'extraTrieNode',
  [PROOF_FAULT_WRONG_HASH]: 'wrongHash',
  [PROOF_FAULT_BAD_RLP]: 'badRlp',
  [PROOF_FAULT_BAD_TRIE_NODE]: 'badTrieNode',
  [PROOF_FAULT_BAD_PATH]: 'badPath',
  [PROOF_FAULT_BAD_BRANCH]: 'badBranch',
  [PROOF_FAULT_BAD_REFERENCE]: 'badReference',
  [PROOF_FAULT_BAD_VALUE]: 'badValue',
  [PROOF_FAULT_WRONG_BALANCE]: 'wrongBalance',
  [PROOF_FAULT_WRONG_NONCE]: 'wrongNonce',
  [PROOF_FAULT_WRONG_CODE_HASH]: 'wrongCodeHash',
  [PROOF_FAULT_WRONG_STORAGE_ROOT]: 'wrongStorageHash',
  [PROOF_FAULT_WRONG_VALUE]: 'wrongValue',
  [PROOF_FAULT_NOT_ABSENT]: 'notAbsent',
} as const

/** The check of a proof that failed. */
export type ProofFault = (typeof FAULTS)[keyof typeof FAULTS]

/** Why a proof was refused. */
export interface ProofFailure {
  readonly fault: ProofFault
  /** Index in the list of the trie node that failed. */
  readonly depth: number
}

/** The name of a fault of the core. */
export function faultNamed(fault: number): ProofFault {
  const name: ProofFault | undefined = FAULTS[fault as keyof typeof FAULTS]
  if (name === undefined) throw new RangeError(`the core returned an unknown fault ${fault}`)
  return name
}
