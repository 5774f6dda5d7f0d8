import type { Answer } from '../gateway.ts'
import { ApiError } from './model.ts'

/** An answer in the protocol AWS JSON 1.1: times are seconds. */
export function jsonAnswer(value: unknown, status = 200): Answer {
  return { status, headers: { 'content-type': 'application/x-amz-json-1.1' }, body: Buffer.from(JSON.stringify(inSeconds(value))) }
}

/** What a client sees of an error: `ApiError` as it says, one of the SDK under its own name, anything else as a fault of the emulator. */
export function errorAnswer(error: unknown): Answer {
  const message = error instanceof Error ? error.message : String(error)
  if (error instanceof ApiError) return jsonAnswer({ __type: error.code, message }, error.status)
  if (error instanceof Error && '$fault' in error) return jsonAnswer({ __type: error.name, message }, 400)
  return jsonAnswer(
    { __type: 'ClientException', message: `the emulator failed: ${error instanceof Error ? (error.stack ?? message) : message}` },
    400,
  )
}

function inSeconds(value: unknown): unknown {
  if (value instanceof Date) return value.getTime() / 1000
  if (Array.isArray(value)) return value.map(inSeconds)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, inSeconds(each)]))
}
