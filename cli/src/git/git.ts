import path from 'node:path'
import type { Files } from '../system/files.ts'
import type { Run } from '../system/run.ts'
import { locate } from './layout.ts'

/** Where a working tree stands. */
export interface Head {
  /** `null` on a detached head. */
  branch: string | null
  /** Forty hex digits; `null` before the first commit. */
  commit: string | null
}

export interface Git {
  /** `undefined` outside a repository. */
  head(folder: string): Promise<Head | undefined>
  /** `owner/repo` of the GitHub remote `origin`, if there is one. */
  repository(folder: string): Promise<string | undefined>
}

const COMMIT = /^[0-9a-f]{40,64}$/

export function createGit(ports: { files: Files; run: Run; variables: Record<string, string | undefined> }): Git {
  const { files, run, variables } = ports

  const resolveRef = async (shared: string, ref: string): Promise<string | null> => {
    const loose = (await files.readText(path.join(shared, ref)))?.trim()
    if (loose !== undefined && COMMIT.test(loose)) return loose
    const packed = (await files.readText(path.join(shared, 'packed-refs'))) ?? ''
    return (
      packed
        .split('\n')
        .find((line) => line.endsWith(` ${ref}`))
        ?.split(' ')[0] ?? null
    )
  }

  const ask = async (folder: string, ...args: string[]): Promise<string | undefined> => {
    const result = await run('git', args, { cwd: folder, env: { PATH: variables['PATH'], HOME: variables['HOME'] }, allowFailure: true })
    return result.exitCode === 0 ? result.stdout.trim() : undefined
  }

  return {
    // Read from the files, not by starting git: this is on the path of every `env create`. A store that keeps its refs elsewhere
    // (reftable) has a HEAD that says `.invalid`; git itself is asked then.
    head: async (folder) => {
      const place = await locate(files, folder)
      if (place === undefined) return undefined
      const head = ((await files.readText(path.join(place.own, 'HEAD'))) ?? '').trim()
      if (COMMIT.test(head)) return { branch: null, commit: head }
      const ref = /^ref: (refs\/heads\/(.+))$/.exec(head)
      if (ref?.[1] === undefined || ref[2] === undefined || ref[2] === '.invalid') {
        const branch = await ask(folder, 'symbolic-ref', '--short', '-q', 'HEAD')
        const commit = await ask(folder, 'rev-parse', '-q', '--verify', 'HEAD')
        return { branch: branch ?? null, commit: commit ?? null }
      }
      return { branch: ref[2], commit: await resolveRef(place.shared, ref[1]) }
    },
    repository: async (folder) => {
      const url = await ask(folder, 'remote', 'get-url', 'origin')
      return url === undefined ? undefined : /[/:]([\w.-]+\/[\w.-]+?)(?:\.git)?\/?$/.exec(url)?.[1]
    },
  }
}
