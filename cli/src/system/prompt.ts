import { CancelledError } from '../errors.ts'

export interface Prompt {
  /** There is a person to ask. */
  readonly interactive: boolean
  /** The answer, trimmed. Ctrl-C and end of input are a `CancelledError`. */
  ask(question: string): Promise<string>
}

export const systemPrompt: Prompt = {
  get interactive() {
    return process.stdin.isTTY === true && process.stderr.isTTY === true
  },
  ask: async (question) => {
    const { createInterface } = await import('node:readline/promises')
    const lines = createInterface({ input: process.stdin, output: process.stderr })
    const closed = new AbortController()
    lines.once('SIGINT', () => closed.abort())
    lines.once('close', () => closed.abort())
    try {
      return (await lines.question(question, { signal: closed.signal })).trim()
    } catch (error) {
      throw new CancelledError('cancelled: nothing was changed', { cause: error })
    } finally {
      lines.removeAllListeners('close')
      lines.close()
    }
  },
}
