import path from 'node:path'
import { ToolError } from '../../errors.ts'
import type { Files } from '../../system/files.ts'
import type { Run } from '../../system/run.ts'

/** The programs of a server: `initdb` and `postgres` are in `bin`. */
export interface PostgresBinaries {
  bin: string
  /** `17.10`. */
  version: string
}

export interface InstalledPorts {
  files: Files
  run: Run
  variables: Readonly<Record<string, string | undefined>>
}

/** Where systems put the programs, which they keep off PATH. `*` is a version. */
const PREFIXES = [
  { folder: '/usr/lib/postgresql', name: /^\d+$/ },
  { folder: '/usr', name: /^pgsql-\d+$/ },
  { folder: '/usr/libexec', name: /^postgresql\d+$/ },
  { folder: '/opt/homebrew/opt', name: /^postgresql@\d+$/ },
  { folder: '/usr/local/opt', name: /^postgresql@\d+$/ },
]

export const majorOf = (version: string): string => version.split('.')[0] ?? version

/** Whether both programs are there. */
export async function holdsServer(files: Files, bin: string): Promise<boolean> {
  return (await files.executable(path.join(bin, 'initdb'))) && (await files.executable(path.join(bin, 'postgres')))
}

/** The servers of this machine: on PATH and in the usual prefixes, newest first. */
export async function installedServers(ports: InstalledPorts): Promise<PostgresBinaries[]> {
  const { files, variables } = ports
  const folders = (variables['PATH'] ?? '').split(path.delimiter).filter((folder) => path.isAbsolute(folder))
  for (const { folder, name } of PREFIXES) {
    const versions = (await files.list(folder)).map((entry) => entry.replace(/\/$/, '')).filter((entry) => name.test(entry))
    folders.push(...versions.flatMap((version) => [path.join(folder, version, 'bin'), path.join(folder, version)]))
  }
  const found: PostgresBinaries[] = []
  for (const bin of new Set(folders)) {
    if (!(await holdsServer(files, bin))) continue
    // one that does not run is no reason not to look at the next
    const version = await versionOf(ports, bin).catch(() => undefined)
    if (version !== undefined) found.push({ bin, version })
  }
  return found.sort((a, b) => b.version.localeCompare(a.version, 'en', { numeric: true }))
}

/** @throws ToolError if the server does not run here. */
export async function versionOf({ files, run, variables }: InstalledPorts, bin: string): Promise<string> {
  const program = path.join(bin, 'postgres')
  const { exitCode, stdout, stderr } = await run(program, ['--version'], { cwd: '/', env: variables, allowFailure: true }).catch(
    (error) => ({
      ...{ exitCode: 126, stdout: '', stderr: error instanceof Error ? error.message : String(error) },
    }),
  )
  const version = /\b(\d+(?:\.\d+)?)/.exec(stdout)?.[1]
  if (exitCode === 0 && version !== undefined) return version
  if (await isForeign(files, program, stderr)) throw new ToolError(`${program} is made for another kind of processor`)
  throw new ToolError(`${program} does not run here: ${stderr.trim().split('\n')[0] || `exit code ${exitCode}`}`)
}

/** What the system cannot run it gives to the shell, which complains of the first line. -86 is what macOS says. */
async function isForeign(files: Files, program: string, stderr: string): Promise<boolean> {
  if (/ENOEXEC|error -86\b|Exec format error|cannot execute binary/.test(stderr)) return true
  const start = Buffer.from((await files.readBytes(program))?.subarray(0, 4) ?? []).toString('latin1')
  return start === '\x7fELF' && stderr.startsWith(`${program}: `) && !/shared librar|No such file/.test(stderr)
}
