/** The contract between `SocketTransport` and a connection that carries whole messages. */

/** How many characters of a message that is too long are passed on: enough to contain its id. */
export const SHOWN_OF_TOO_LONG = 200

/** An open connection. */
export interface MessageChannel {
  send(text: string): void
  /** Closes the connection; `onClose` is still called. A second call does nothing. */
  close(): void
  /** Whether an idle connection keeps the process alive. */
  readonly holdsProcess: boolean
  /** Called when the connection starts to wait for answers, and when it no longer does. */
  setBusy(busy: 'busy' | 'idle'): void
}

/** Callbacks of a connection. None is called after `onClose`, which is called once. */
export interface ChannelEvents {
  onMessage(text: string): void
  /** A message exceeds the limit. @param start Its first characters. */
  onTooLong(start: string): void
  onClose(reason: string): void
}

/**
 * Opens a connection, or rejects with the reason. `onClose` is called only for an opened
 * connection.
 */
export type OpenChannel = (events: ChannelEvents) => Promise<MessageChannel>
