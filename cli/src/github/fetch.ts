type Fetch = typeof globalThis.fetch

const BODILESS = [204, 205, 304]

/**
 * A `fetch` that answers within `timeout` milliseconds, body included, or throws. An answer that was cut off is an error like a connection
 * that broke, so that it is tried again: Octokit would hand it on as text.
 */
export function fetchWithin(timeout: number): Fetch {
  return async (url, init) => {
    const response = await globalThis.fetch(url, { ...init, signal: AbortSignal.timeout(timeout) })
    const text = await response.text()
    if (response.ok && !BODILESS.includes(response.status) && /\bjson\b/.test(response.headers.get('content-type') ?? '')) whole(text)
    const { status, statusText, headers } = response
    return new Response(BODILESS.includes(status) ? null : text, { status, statusText, headers })
  }
}

function whole(text: string): void {
  try {
    JSON.parse(text)
  } catch (cause) {
    throw new Error('the answer was cut off', { cause })
  }
}
