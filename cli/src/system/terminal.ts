import { standardStream } from './files.ts'

/** What the program may say, and where. */
export interface Terminal {
  /** stdout: the result and nothing else. */
  writeResult(text: string): void
  /** stderr: progress, talk, errors. */
  write(text: string): void
  /** Someone is watching stderr and can see a line change. */
  readonly live: boolean
  readonly color: boolean
  readonly columns: number
}

export function systemTerminal(variables: Record<string, string | undefined>): Terminal {
  const [out, err] = [standardStream(1), standardStream(2)]
  // only where there is a device is Node asked whether it is a terminal
  const watched = err.device && process.stderr.isTTY === true
  const plain = (variables['NO_COLOR'] ?? '') !== '' || variables['TERM'] === 'dumb'
  return {
    writeResult: out.write,
    write: err.write,
    live: watched && (variables['CI'] ?? '') === '' && variables['TERM'] !== 'dumb',
    color: watched && !plain,
    get columns() {
      return (watched ? process.stderr.columns : undefined) ?? 100
    },
  }
}
