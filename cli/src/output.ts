import { UserError } from './errors.ts'
import type { Clock } from './system/clock.ts'
import type { Terminal } from './system/terminal.ts'

/** The only way to speak. */
export interface Output {
  /** The command's result, at most once: one JSON value with `--json`, otherwise what `render` makes of the same value. */
  result<Value>(value: Value, render: (value: Value) => string): void
  /** One line of a result that comes in pieces, on stdout; of a log that is followed, say. */
  line<Value>(value: Value, render: (value: Value) => string): void
  info(text: string): void
  warn(text: string): void
  /** Runs `work` and shows that it runs, how long it has taken and, through `now`, what is happening. */
  step<Value>(label: string, work: (now: (detail: string) => void) => Promise<Value>): Promise<Value>
  failure(error: unknown): void
  readonly terminal: Terminal
}

const FRAME_MS = 100
const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
const CLEAR_LINE = '\r\u001b[2K'

export function formatDuration(milliseconds: number): string {
  if (milliseconds < 10_000) return `${(milliseconds / 1000).toFixed(1)} s`
  const seconds = Math.round(milliseconds / 1000)
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}

/** Text from outside may hold escape sequences; none of them reaches a terminal. */
export function printable(text: string): string {
  return text.replace(/\u001b\[[0-9;?]*[ -/]*[@-~]|[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '')
}

export function createOutput(terminal: Terminal, clock: Clock, options: { json: boolean }): Output {
  const paint = (code: number, text: string): string => (terminal.color ? `\u001b[${code}m${text}\u001b[0m` : text)
  const elapsed = (since: Date): string => formatDuration(clock.now().getTime() - since.getTime())
  const say = (text: string): void => {
    terminal.write(`${printable(text)}\n`)
  }

  const step = async <Value>(label: string, work: (now: (detail: string) => void) => Promise<Value>): Promise<Value> => {
    const since = clock.now()
    let detail = ''
    let frame = 0
    const draw = (): void => {
      frame += 1
      const line = `${FRAMES[frame % FRAMES.length]} ${label} ${elapsed(since)}${detail === '' ? '' : `  ${detail}`}`
      terminal.write(`${CLEAR_LINE}${printable(line).slice(0, terminal.columns - 1)}`)
    }
    const timer = terminal.live ? setInterval(draw, FRAME_MS) : undefined
    const finish = (mark: string): void => {
      clearInterval(timer)
      terminal.write(`${terminal.live ? CLEAR_LINE : ''}${mark} ${printable(label)} ${elapsed(since)}\n`)
    }
    let spoken = since.getTime()
    const now = (text: string): void => {
      detail = text
      // a log gets one line in fifteen seconds: enough to see that it lives, not so many that it hides the rest
      if (terminal.live || clock.now().getTime() - spoken < 15_000) return
      spoken = clock.now().getTime()
      say(`  ${label} ${elapsed(since)}  ${text}`)
    }
    try {
      const value = await work(now)
      finish(paint(32, '✓'))
      return value
    } catch (error) {
      finish(paint(31, '✗'))
      throw error
    }
  }

  return {
    terminal,
    step,
    result: (value, render) => {
      const text = options.json ? JSON.stringify(value, null, 2) : printable(render(value)).trimEnd()
      if (text !== '') terminal.writeResult(`${text}\n`)
    },
    line: (value, render) => terminal.writeResult(`${printable(render(value))}\n`),
    info: say,
    warn: (text) => {
      terminal.write(`${paint(33, 'warning:')} ${printable(text)}\n`)
    },
    failure: (error) => {
      const known = error instanceof UserError
      const message = known ? error.message : `this is a bug in devtool: ${error instanceof Error ? error.message : String(error)}`
      const hint = known ? (error.hint ?? null) : 'please report it with the lines above and the command that you ran'
      if (options.json) {
        const kind = known ? error.kind : 'bug'
        terminal.write(`${JSON.stringify({ error: { kind, message: printable(message), hint } })}\n`)
        return
      }
      if (!known && error instanceof Error && error.stack !== undefined) terminal.write(`${printable(error.stack)}\n`)
      terminal.write(`${paint(31, 'error:')} ${printable(message)}\n`)
      if (hint !== null) terminal.write(`${paint(36, 'hint:')} ${printable(hint)}\n`)
    },
  }
}
