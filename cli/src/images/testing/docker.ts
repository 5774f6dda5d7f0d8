import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'

/** What the program was called with, and what it found. */
interface DockerCall {
  args: string[]
  /** Names of the environment variables that it saw. */
  variables: string[]
  config: { auths?: Record<string, { auth?: string }>; credHelpers?: Record<string, string>; credsStore?: string }
  configFolder: { path: string; mode: number; fileMode: number; entries: string[] }
  /** Names in the build context. */
  context: string[]
  /** Milliseconds since 1970. */
  began: number
  ended: number
}

export interface FakeDocker {
  /** A folder for PATH. */
  bin: string
  calls(): DockerCall[]
  builds(): DockerCall[]
  /** What it does instead of working. */
  behave(behaviour: Behaviour): void
}

interface Behaviour {
  buildx?: false
  /** What `docker buildx inspect` prints; its exit code is 1 if there is `Error`. */
  inspect?: string
  /** What `docker info` prints. */
  info?: string
  metadata?: string | null
  /** An endpoint of ECR that images are pushed to. */
  registry?: string
}

/**
 * A docker that builds nothing: it refuses what buildx would not understand, writes down what it was called with, and pushes an index made of the
 * context's names. `RUN false` in the Dockerfile fails, `RUN sleep` takes a third of a second.
 */
export function fakeDocker(folder: string): FakeDocker {
  const bin = path.join(folder, 'bin')
  const log = path.join(folder, 'docker.jsonl')
  const behaviour = path.join(folder, 'behaviour.json')
  mkdirSync(bin, { recursive: true })
  rmSync(log, { force: true })
  const program = path.join(bin, 'docker')
  const text = readFileSync(path.join(import.meta.dirname, 'docker.cjs'), 'utf8')
  writeFileSync(program, `#!${process.execPath}\nconst files = ${JSON.stringify({ log, behaviour })}\n${text}`)
  chmodSync(program, 0o755)
  writeFileSync(behaviour, '{}')
  const calls = (): DockerCall[] =>
    existsSync(log)
      ? readFileSync(log, 'utf8')
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line) as DockerCall)
      : []
  return {
    bin,
    calls,
    builds: () => calls().filter(({ args }) => args[1] === 'build'),
    behave: (wanted) => writeFileSync(behaviour, JSON.stringify(wanted)),
  }
}
