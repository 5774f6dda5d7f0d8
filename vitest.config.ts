import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { viteTemplates } from './scripts/templates-plugin.mjs'

// written by scripts/setup.mjs; what a test finds missing it says itself (cli/tests/support/toolchain.ts)
const toolchain = fileURLToPath(new URL('.cache/toolchain.json', import.meta.url))
const tools: Record<string, string> = existsSync(toolchain) ? JSON.parse(readFileSync(toolchain, 'utf8')).environment : {}
const env = { ...tools, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' }

function project(name: string, test: TestProjectInlineConfiguration['test']): TestProjectInlineConfiguration {
  return { extends: true, test: { name, ...test } }
}

const slow = { testTimeout: 60_000, hookTimeout: 60_000 }

/** What takes minutes begins first: begun last it would be waited for alone. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification): number => (/\/(dedicated|killed|running)\.e2e\.test\.ts$/.test(moduleId) ? 0 : 1)
    return (await super.sort(files)).sort((one, other) => isLong(one) - isLong(other))
  }
}

export default defineConfig({
  plugins: [viteTemplates()],
  test: {
    env,
    // left to itself vitest keeps one of the processors free
    maxWorkers: '100%',
    sequence: { sequencer: LongestFirst },
    projects: [
      project('unit', { include: ['cli/src/**/*.test.ts', 'scripts/**/*.test.mjs'], testTimeout: 20_000 }),
      project('golden', { include: ['cli/tests/golden/**/*.test.ts'], ...slow }),
      project('architecture', { include: ['cli/tests/*.test.ts'], ...slow }),
      project('harness', {
        include: ['emulator', 'github', 'roles', 'support'].map((folder) => `cli/tests/${folder}/**/*.test.ts`),
        ...slow,
      }),
      project('workflows', {
        include: ['cli/tests/workflows/**/*.test.ts'],
        // GitHub's own packages import JSON in a way that Node 20 refuses
        server: { deps: { inline: [/\/@actions\//] } },
        ...slow,
      }),
      project('life', {
        include: ['cli/tests/life/**/*.test.ts'],
        setupFiles: 'cli/tests/life/account-instead-of-aws.ts',
        ...slow,
        testTimeout: 180_000,
      }),
      project('services', { include: ['services/**/tests/**/*.test.js'], exclude: ['**/node_modules/**'], ...slow }),
      // each scenario has a state folder of its own; two at a time, as they measure how long things take
      project('local', {
        include: ['cli/tests/local/**/*.local.test.ts'],
        globalSetup: 'cli/tests/support/build.ts',
        maxWorkers: 2,
        testTimeout: 120_000,
        hookTimeout: 120_000,
      }),
      project('e2e', {
        include: ['cli/tests/e2e/**/*.e2e.test.ts'],
        globalSetup: 'cli/tests/e2e/world.ts',
        // three files at a time: each waits for the provider's own pauses most of the time
        maxWorkers: 3,
        sequence: { groupOrder: 1 },
        testTimeout: 15 * 60_000,
        hookTimeout: 10 * 60_000,
      }),
    ],
  },
})
