import path from 'node:path'
import type { Context } from '../context.ts'
import { readDockerfile } from '../images/dockerfile.ts'
import type { FoundFolder } from '../rendering/starter.ts'

/** Never the code of a service: what tools keep, and what was fetched or built. */
const PASSED_OVER = new Set([
  'node_modules',
  'vendor',
  'dist',
  'build',
  'target',
  'coverage',
  'envs',
  'test',
  'tests',
  'testdata',
  'fixtures',
  'examples',
])
const DEEPEST = 4

/** Folders that hold a Dockerfile, with what it says. */
export async function findServices({ files }: Pick<Context, 'files'>, root: string): Promise<FoundFolder[]> {
  const names = await files.walk(root, (folder) => folder.startsWith('.') || PASSED_OVER.has(folder))
  const dockerfiles = names.filter((name) => path.posix.basename(name) === 'Dockerfile' && name.split('/').length <= DEEPEST + 1)
  return Promise.all(
    dockerfiles.map(async (name) => {
      const text = (await files.readText(path.join(root, name))) ?? ''
      return { folder: path.posix.dirname(name), ...readDockerfile(text) }
    }),
  )
}
