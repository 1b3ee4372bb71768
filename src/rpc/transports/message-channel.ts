/** The contract between {@link SocketTransport} and a connection that carries whole messages. */

/** How much is told of a message that is too long: enough to hold its id. */
export const SHOWN_OF_TOO_LONG = 200

/** An open connection. */
export interface MessageChannel {
  send(text: string): void
  /** Ends it; `onClose` is still called. Again does nothing. */
  close(): void
  /** Whether it keeps the process alive also when it is idle. */
  readonly holdsProcess: boolean
  /** Told when answers are waited for, and when no more are. */
  setBusy(busy: 'busy' | 'idle'): void
}

/** What happens on a connection. Nothing is called after `onClose`, which is called once. */
export interface ChannelEvents {
  onMessage(text: string): void
  /** A message is longer than what is taken. @param start Its first characters. */
  onTooLong(start: string): void
  onClose(reason: string): void
}

/** Opens a connection, or rejects with the reason. `onClose` is called only for one that opened. */
export type OpenChannel = (events: ChannelEvents) => Promise<MessageChannel>
