/**
 * What the error responses of real nodes and providers mean. This is the only module of the package
 * that reads the text of messages: nodes share few codes, and ganache uses one code for everything.
 *
 * Each row carries a message seen in practice, and a test checks each row against its example. The
 * first row that matches wins. If none does, status 429 or 413 decides, then the JSON-RPC code,
 * then any other HTTP status.
 */

/**
 * What an error response means to the caller.
 * - `rate-limit`, `retryable`: transient; the same call is sent again after a wait.
 * - `batch-too-large`: sent again in halves. `batch-unsupported`: sent again one by one.
 * - `unsupported-method`: the node does not serve the method.
 * - `unsupported-block-ref`: the node does not support EIP-1898 objects.
 * - `missing-state`: the node knows the block but no longer has its state.
 * - `unknown-block`: the node does not have the block, or it is not canonical.
 * - `fatal`: anything else; another attempt would fail in the same way.
 */
export type RpcErrorKind =
  | 'rate-limit'
  | 'batch-too-large'
  | 'batch-unsupported'
  | 'unsupported-method'
  | 'unsupported-block-ref'
  | 'missing-state'
  | 'unknown-block'
  | 'retryable'
  | 'fatal'

/** What is known about an error response. */
export interface ErrorResponse {
  readonly message: string
  readonly rpcCode?: number | undefined
  readonly httpStatus?: number | undefined
  /** Parameters of the call, which show how it names its block. */
  readonly params?: readonly unknown[] | undefined
}

interface VendorRow {
  readonly vendor: string
  readonly kind: RpcErrorKind
  readonly pattern: RegExp
  readonly example: string
}

/**
 * Matched from top to bottom: a used-up plan before a rate limit, a batch limit before a method.
 */
export const VENDOR_MESSAGES: readonly VendorRow[] = [
  {
    vendor: 'alchemy',
    kind: 'fatal',
    pattern: /monthly capacity limit/i,
    example: 'Monthly capacity limit exceeded. Visit the dashboard to upgrade your scaling policy.',
  },
  {
    vendor: 'infura',
    kind: 'fatal',
    pattern: /daily request (count|limit)/i,
    example: 'daily request count exceeded, request rate limited',
  },
  {
    vendor: 'jsonrpsee (reth)',
    kind: 'batch-unsupported',
    pattern: /batch(ed|ing)?( requests?)? (is|are) (not supported|not allowed|disabled)/i,
    example: 'Batched requests are not supported by this server',
  },
  {
    vendor: 'gateways',
    kind: 'batch-unsupported',
    pattern: /(does not|doesn't|cannot) support batch/i,
    example: 'This endpoint does not support batch requests',
  },
  {
    vendor: 'geth, jsonrpsee (reth)',
    kind: 'batch-too-large',
    pattern: /batch (request |response )?(was |is )?too (large|big)/i,
    example: 'The batch request was too large',
  },
  {
    vendor: 'nethermind, erigon, besu',
    kind: 'batch-too-large',
    pattern: /batch (size|limit|length)[^.]*(exceed|above|over|max|too)/i,
    example: 'Batch size limit exceeded',
  },
  {
    vendor: 'gateways',
    kind: 'batch-too-large',
    pattern: /(exceed|max)[^.]*batch (size|limit|length)/i,
    example: 'Exceeded maximum batch size',
  },
  {
    vendor: 'drpc',
    kind: 'batch-too-large',
    pattern: /batch of more than \d+/i,
    example: 'Batch of more than 3 requests are not allowed on free tier',
  },
  {
    vendor: 'geth, jsonrpsee (reth)',
    kind: 'batch-too-large',
    pattern: /response (is |was )?too (large|big)/i,
    example: 'response too large',
  },
  {
    vendor: 'geth, nginx',
    kind: 'batch-too-large',
    pattern: /(content length|request (body|entity)|payload) (is )?too large/i,
    example: 'content length too large (7340032>5242880)',
  },
  {
    vendor: 'alchemy',
    kind: 'rate-limit',
    pattern: /compute units per second/i,
    example: 'Your app has exceeded its compute units per second capacity.',
  },
  {
    vendor: 'infura',
    kind: 'rate-limit',
    pattern: /request rate exceeded/i,
    example: 'project ID request rate exceeded',
  },
  {
    vendor: 'quicknode',
    kind: 'rate-limit',
    pattern: /request limit (reached|exceeded)/i,
    example: '50/second request limit reached - reduce calls per second or upgrade your account',
  },
  {
    vendor: 'chainstack',
    kind: 'rate-limit',
    pattern: /exceeded the (RPS|requests per second)/i,
    example: "You've exceeded the RPS limit available on the current plan.",
  },
  {
    vendor: 'most gateways',
    kind: 'rate-limit',
    pattern: /rate.?limit|too many (concurrent )?requests|exceeded the quota|too much load/i,
    example: 'Too Many Requests',
  },
  {
    vendor: 'reth',
    kind: 'missing-state',
    pattern: /exceeds maximum proof window/i,
    example: 'distance to target block exceeds maximum proof window',
  },
  {
    vendor: 'geth',
    kind: 'missing-state',
    pattern: /missing trie node/i,
    example: 'missing trie node 0fd5 (path ) state 0x0fd5 is not available',
  },
  {
    vendor: 'geth, besu, nethermind',
    kind: 'missing-state',
    pattern: /(historical|world|no) state.*(available|found)/i,
    example: 'No state available for block 0x12',
  },
  {
    vendor: 'erigon, reth, geth',
    kind: 'missing-state',
    pattern: /\bpruned\b|\bpruning\b/i,
    example: 'state at block #100 is pruned',
  },
  {
    vendor: 'erigon',
    kind: 'missing-state',
    pattern: /block is too old/i,
    example: 'requested block is too old, block must be within 1000 blocks of the head',
  },
  {
    vendor: 'drpc',
    kind: 'missing-state',
    pattern: /first available state/i,
    example: 'Unknown state. First available state is 1',
  },
  {
    vendor: 'quicknode',
    kind: 'missing-state',
    pattern: /eth_getProof is limited to/i,
    example: 'eth_getProof is limited to a 10,000 range',
  },
  {
    vendor: 'public gateways',
    kind: 'missing-state',
    pattern: /archive (node|requests?|data|state|access|mode)/i,
    example: 'Archive requests require a personal token',
  },
  {
    vendor: 'geth, ganache',
    kind: 'unknown-block',
    pattern: /(header|block)( for hash)? (was )?not found|could not find block/i,
    example: 'header not found',
  },
  {
    vendor: 'besu, nethermind',
    kind: 'unknown-block',
    pattern: /unknown block|block .*(could not be|cannot be|was not) found/i,
    example: 'Unknown block',
  },
  {
    vendor: 'geth',
    kind: 'unknown-block',
    pattern: /not (currently )?canonical/i,
    example: 'hash is not currently canonical',
  },
  {
    vendor: 'anvil',
    kind: 'unknown-block',
    pattern: /BlockOutOfRange/i,
    example: 'BlockOutOfRangeError: block height is 1 but requested was 16777215',
  },
  {
    vendor: 'hardhat',
    kind: 'unknown-block',
    pattern: /invalid block tag/i,
    example: 'Received invalid block tag 16777215. Latest block number is 1',
  },
  {
    vendor: 'ganache',
    kind: 'unsupported-block-ref',
    pattern: /cannot wrap a "object" as a json-rpc type/i,
    example: 'Cannot wrap a "object" as a json-rpc type',
  },
  {
    vendor: 'geth before 1.9.6 and its forks',
    kind: 'unsupported-block-ref',
    pattern: /cannot unmarshal object into Go value/i,
    example: 'invalid argument 1: json: cannot unmarshal object into Go value of type string',
  },
  {
    vendor: 'openethereum',
    kind: 'unsupported-block-ref',
    pattern: /invalid type: map, expected a block number/i,
    example: "Invalid params: invalid type: map, expected a block number or 'latest'.",
  },
  {
    vendor: 'geth, ganache, anvil, hardhat',
    kind: 'unsupported-method',
    pattern:
      /method .*(not found|not supported|does not exist|not available|whitelisted|disabled)/i,
    example: 'The method eth_nope does not exist/is not available',
  },
  {
    vendor: 'anvil over WebSocket and IPC',
    kind: 'unsupported-method',
    pattern: /did not match any variant of untagged enum EthRpcCall/,
    example: 'data did not match any variant of untagged enum EthRpcCall',
  },
  {
    vendor: 'gateways',
    kind: 'unsupported-method',
    pattern: /unsupported method|unknown method|not included in your current plan/i,
    example: 'eth_getProof is not included in your current plan',
  },
  {
    vendor: 'anvil',
    kind: 'fatal',
    pattern: /^EVM error /,
    example: 'EVM error StackUnderflow',
  },
  {
    vendor: 'geth, gateways',
    kind: 'retryable',
    pattern: /timed? ?out|deadline exceeded|temporarily|service unavailable|overloaded|busy/i,
    example: 'request timed out',
  },
  {
    vendor: 'gateways',
    kind: 'retryable',
    pattern: /try again|bad gateway|upstream|no (available|healthy) (nodes?|backends?)/i,
    example: 'no healthy backends',
  },
  {
    vendor: 'fetch of Node.js and browsers',
    kind: 'retryable',
    pattern: /fetch failed|failed to fetch|network (error|request failed)/i,
    example: 'fetch failed',
  },
  {
    vendor: 'sockets of Node.js, fetch of Bun',
    kind: 'retryable',
    pattern: /socket hang up|unable to connect|socket connection was closed/i,
    example: 'Unable to connect. Is the computer able to access the url?',
  },
  {
    vendor: 'operating system, undici',
    kind: 'retryable',
    pattern: /\bE(CONNRESET|CONNREFUSED|PIPE|AI_AGAIN|NETUNREACH|HOSTUNREACH)\b|other side closed/,
    example: 'connect ECONNREFUSED 127.0.0.1:8545',
  },
]

const KIND_BY_RPC_CODE: ReadonlyMap<number, RpcErrorKind> = new Map([
  [429, 'rate-limit'], // Alchemy puts the HTTP status here
  [-32005, 'rate-limit'], // EIP-1474: limit exceeded
  [-32002, 'retryable'], // EIP-1474: resource unavailable; geth: timeout
  [-32603, 'retryable'], // internal error
  [-32001, 'unknown-block'], // EIP-1474: resource not found
  [-32004, 'unsupported-method'], // EIP-1474
  [-32601, 'unsupported-method'],
  [4200, 'unsupported-method'], // EIP-1193
  [4900, 'retryable'], // EIP-1193: disconnected
  [4901, 'retryable'], // EIP-1193: chain disconnected
])

/**
 * Invalid params, parse error, invalid request: the codes of a node that cannot read an argument.
 */
const BAD_REQUEST_CODES: ReadonlySet<number | undefined> = new Set([-32602, -32700, -32600])

/** The statuses of an HTTP server that does not support batches. */
const BAD_REQUEST_STATUSES: ReadonlySet<number | undefined> = new Set([400, 405, 415, 422, 501])

/** Classifies the error response to one call. */
export function classifyError(error: ErrorResponse): RpcErrorKind {
  for (const row of VENDOR_MESSAGES) if (row.pattern.test(error.message)) return row.kind
  if (error.httpStatus === 429) return 'rate-limit'
  if (error.httpStatus === 413) return 'batch-too-large'
  const byCode = error.rpcCode === undefined ? undefined : KIND_BY_RPC_CODE.get(error.rpcCode)
  if (byCode !== undefined) return byCode
  if (BAD_REQUEST_CODES.has(error.rpcCode) && error.params?.some(isHashReference)) {
    return 'unsupported-block-ref'
  }
  return isTransientStatus(error.httpStatus) ? 'retryable' : 'fatal'
}

/** Classifies one error response that stands for all calls of a batch of two or more. */
export function classifyBatchError(error: ErrorResponse): RpcErrorKind {
  const kind = classifyError(error)
  if (kind === 'unsupported-method' || kind === 'unsupported-block-ref') return 'batch-unsupported'
  if (kind !== 'fatal') return kind
  const isBadRequest =
    BAD_REQUEST_CODES.has(error.rpcCode) || BAD_REQUEST_STATUSES.has(error.httpStatus)
  return isBadRequest ? 'batch-unsupported' : 'fatal'
}

/**
 * How long a JSON-RPC error object asks to wait, in ms. Infura puts seconds in
 * `data.rate.backoff_seconds`.
 */
export function retryAfterOfErrorData(data: unknown): number | undefined {
  const rate = isObject(data) ? data['rate'] : undefined
  const seconds = isObject(rate) ? rate['backoff_seconds'] : undefined
  return typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : undefined
}

function isTransientStatus(status: number | undefined): boolean {
  if (status === undefined) return false
  return status === 408 || status === 425 || (status >= 500 && status !== 501)
}

function isHashReference(param: unknown): boolean {
  return isObject(param) && 'blockHash' in param
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
