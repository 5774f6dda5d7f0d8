import type { TestProject } from 'vitest/node'
import { startEmulator } from '../emulator/emulator.ts'
import { setup as build } from '../support/build.ts'
import { devtool } from '../support/cli.ts'
import { createProject } from '../support/project.ts'
import { missingTools } from '../support/toolchain.ts'
import { createZone } from './account.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The `AWS_*` variables of an emulated account with the platform of the sample blueprint; empty where tools are missing. */
    account: Record<string, string>
    /** What the second `devtool bootstrap` said it changed. */
    changedBySecondBootstrap: string[]
  }
}

/** One account for all scenarios: its platform takes a minute and a half to make, as its database and load balancer do. */
export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  build()
  if (missingTools(['terraform', 'provider', 'emulator']) !== undefined) {
    project.provide('account', {})
    project.provide('changedBySecondBootstrap', [])
    return undefined
  }
  const emulator = await startEmulator()
  const shop = await createProject()
  try {
    for (const domain of ['preview.example.com', 'shop.example.com']) await createZone(emulator.environment, domain)
    const options = { cwd: shop.folder, env: { ...emulator.environment, ...shop.environment } }
    for (const round of ['first', 'second']) {
      const result = await devtool(['bootstrap', '--yes', '--json'], options)
      if (result.exitCode !== 0) throw new Error(`the ${round} bootstrap failed:\n${result.stderr}`)
      project.provide('changedBySecondBootstrap', result.json<{ changed: string[] }>().changed)
    }
    project.provide('account', emulator.environment)
  } catch (error) {
    await emulator.stop()
    throw error
  } finally {
    await shop.remove()
  }
  return () => emulator.stop()
}
