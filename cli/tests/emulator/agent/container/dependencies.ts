import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'

/** Throws unless the folder of modules holds what `package.json` asks for: a commit may want others than those that are installed here. */
export function checkDependencies(folder: string, modules: string, build: string): void {
  const { dependencies = {} } = read(path.join(folder, 'package.json')) as { dependencies?: Record<string, string> }
  for (const [name, wanted] of Object.entries(dependencies)) {
    const { version } = read(path.join(modules, name, 'package.json')) as { version?: string }
    const exact = /^\d+\.\d+\.\d+/.test(wanted)
    if (version === undefined || (exact && version !== wanted)) {
      const here = version === undefined ? 'is not installed here' : `is ${version} here`
      throw new Error(`could not build ${build}: it needs ${name} ${wanted}, which ${here}`)
    }
  }
}

function read(file: string): unknown {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
}
