/** Bytes of a request's body: some dozen photographs, or a book of texts. */
export const MAX_BODY_BYTES = 16 * 1024 * 1024

/** Inputs of one request. */
export const MAX_INPUTS = 256

/** Inputs in one pass of the model, unless one request alone has more. */
export const MAX_BATCH = 128

/** Inputs that wait; beyond it requests are refused, to be tried again. */
export const MAX_WAITING = 1024

/** So long an idle model waits for others to join the first request. */
export const WINDOW_MS = 4

/** How often it is looked whether there is a newer merge. */
export const LOOK_EVERY_MS = 1000

/** Requests under way have so long to end when the server stops. */
export const STOP_TIMEOUT_MS = 10_000

export const MAX_CONNECTIONS = 256

/** A body of the largest size, over a slow tunnel. */
export const REQUEST_TIMEOUT_MS = 60_000
