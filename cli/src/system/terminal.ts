/** What the program may say, and where. */
export interface Terminal {
  /** stdout: the result and nothing else. */
  writeResult(text: string): void
  /** stderr: progress, talk, errors. */
  write(text: string): void
  /** Someone is watching stderr and can see a line change. */
  readonly live: boolean
  /** Someone is reading stdout, not a pipe. */
  readonly reader: boolean
  readonly color: boolean
  readonly columns: number
}

export function systemTerminal(variables: Record<string, string | undefined>): Terminal {
  const { stdout, stderr } = process
  const plain = (variables['NO_COLOR'] ?? '') !== '' || variables['TERM'] === 'dumb'
  return {
    writeResult: (text) => {
      stdout.write(text)
    },
    write: (text) => {
      stderr.write(text)
    },
    live: stderr.isTTY === true && (variables['CI'] ?? '') === '' && variables['TERM'] !== 'dumb',
    reader: stdout.isTTY === true,
    color: stderr.isTTY === true && !plain,
    get columns() {
      return stderr.columns ?? 100
    },
  }
}
