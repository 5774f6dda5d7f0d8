import path from 'node:path'
import type { Context } from '../context.ts'
import { UserError } from '../errors.ts'
import { inspectFile } from '../rendering/header.ts'
import { type Merge, merge } from '../rendering/merge.ts'
import type { RenderedFile } from '../rendering/render.ts'

const FOLDER = '.github/workflows'

/** The workflows of a repository, by their paths in it. */
export async function readWorkflows({ files }: Pick<Context, 'files'>, top: string): Promise<Map<string, string>> {
  const present = new Map<string, string>()
  for (const name of await files.list(path.join(top, FOLDER))) {
    const text = name.endsWith('/') ? undefined : await files.readText(path.join(top, FOLDER, name))
    if (text !== undefined) present.set(`${FOLDER}/${name}`, text)
  }
  return present
}

/** What an earlier run was told, from the workflows that it wrote. */
export function valueIn(present: ReadonlyMap<string, string>, pattern: RegExp): string | undefined {
  const generated = [...present.values()].filter((text) => inspectFile(text).generated)
  return generated.flatMap((text) => pattern.exec(text)?.[1] ?? [])[0]
}

/** What is to be written. Never over a workflow of somebody else's, whatever the flags. */
export function decideWorkflows(present: ReadonlyMap<string, string>, fresh: readonly RenderedFile[], overwrite: boolean): Merge {
  const foreign = fresh.filter((file) => present.has(file.path) && !inspectFile(present.get(file.path) ?? '').generated)
  const plan = merge(present, fresh, { overwrite })
  const conflicts = [...new Set([...foreign, ...plan.conflicts].map((file) => file.path))]
  if (conflicts.length === 0) return plan
  const reasonOf = (name: string): string =>
    foreign.some((file) => file.path === name)
      ? 'a workflow of that name is there, and devtool did not write it'
      : 'it was edited by hand, and there is something new to write'
  throw new UserError(`could not write the workflows\n${conflicts.map((name) => `  ${name}: ${reasonOf(name)}`).join('\n')}`, {
    hint: foreign.length > 0 ? 'give your own workflow another name' : 'take the fresh workflow with --overwrite',
  })
}

/** Those that an earlier run wrote and that the blueprint has no use for now. */
export function unusedWorkflows(present: ReadonlyMap<string, string>, fresh: readonly RenderedFile[]): string[] {
  const optional = ['production', 'drift'].map((name) => `${FOLDER}/${name}.yml`)
  return optional.filter((name) => inspectFile(present.get(name) ?? '').generated && !fresh.some((file) => file.path === name))
}
