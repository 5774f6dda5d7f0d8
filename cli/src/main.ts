/** The edge: arguments, environment variables, signals and the exit code. Nothing else reads or sets them. */
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { version } from '../../package.json'

const asksForVersion = process.argv.length === 3 && ['--version', '-V'].includes(process.argv[2] ?? '')

async function main(): Promise<number> {
  const [{ createContext }, { runProgram }] = await Promise.all([import('./context.ts'), import('./program.ts')])
  const interrupt = new AbortController()
  // A terminal sends Ctrl-C again and again; the first one begins the orderly end and the others change nothing.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupt.abort())
  const context = createContext({
    version,
    assets: packageRoot(),
    cwd: process.cwd(),
    variables: process.env,
    json: process.argv.includes('--json'),
    interrupt: interrupt.signal,
  })
  return runProgram(context, process.argv.slice(2))
}

/** Two folders above `cli/src`, one above the bundle's `dist`. */
function packageRoot(): string {
  const here = path.dirname(fileURLToPath(import.meta.url))
  return path.basename(here) === 'dist' ? path.dirname(here) : path.resolve(here, '..', '..')
}

if (asksForVersion) process.stdout.write(`${version}\n`)
else
  void main().then((exitCode) => {
    process.exitCode = exitCode
  })
