import { execFileSync } from 'node:child_process'
import path from 'node:path'
import { root } from './toolchain.ts'

/** Global set-up of the tests that run the built CLI. Nothing to do when it is up to date. */
export function setup(): void {
  execFileSync(process.execPath, [path.join(root, 'scripts/build.mjs')], { stdio: 'inherit' })
}
