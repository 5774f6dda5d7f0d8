import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { pullRequest } from './events.ts'
import { type Answer, createMachine, type RunnerMachine } from './machine.ts'
import { workflowText } from './rendered.ts'
import { type JobRun, runWorkflow } from './runner.ts'

/** `environments.yml`, on a merge commit as GitHub makes it of a pull request. */
let machine: RunnerMachine
const git = (...args: string[]): string =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], { cwd: machine.workspace, encoding: 'utf8' })
const write = (name: string, text: string): void => {
  const file = path.join(machine.workspace, name)
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(file, text)
}
const commit = (message: string): void => {
  git('add', '--all')
  git('commit', '--quiet', '-m', message)
}

/** @param change what the pull request does to the checkout */
async function prepare(answers: Record<string, Answer>, change: () => void): Promise<void> {
  machine = await createMachine({ answers })
  git('init', '--quiet', '--initial-branch', 'main')
  write('.gitignore', 'cli/\nnode_modules/\nscripts/\ninfra/\n')
  write('devtool.yaml', 'project: shop\n')
  write('envs/production/environment.json', JSON.stringify({ name: 'production', pinned: true }))
  write('envs/platform/environment.json', JSON.stringify({ name: 'platform', pinned: true }))
  write('envs/calm-fox/environment.json', JSON.stringify({ name: 'calm-fox', pinned: false }))
  write('envs/production/main.tf', '# one\n')
  commit('base')
  git('checkout', '--quiet', '-b', 'feature')
  change()
  commit('change')
  git('checkout', '--quiet', 'main')
  git('merge', '--quiet', '--no-ff', '-m', 'merge', 'feature')
}

async function check(): Promise<{ job: JobRun | undefined; started: string[]; credentials: boolean }> {
  const delivery = pullRequest('pull_request', 'synchronize', null)
  const { jobs, calls } = await runWorkflow(machine, 'environments.yml', workflowText('environments.yml'), {
    delivery,
    variables: { DEVTOOL_REGION: 'x' },
  })
  const started = calls
    .filter(({ program }) => ['devtool', 'terraform'].includes(program))
    .map(({ program, args }) => `${program} ${args.join(' ')}`)
  return {
    job: jobs['check'],
    started,
    credentials: calls.some(({ env }) => env['AWS_ACCESS_KEY_ID'] !== undefined || env['GITHUB_TOKEN'] !== undefined),
  }
}

afterEach(() => machine.remove())

describe('environments.yml', () => {
  const modules = (): void => {
    write('modules/queue/main.tf', '# new\n')
    write('envs/production/main.tf', '# two\n')
    write('services/api/main.js', '1\n')
  }

  test('checks every committed root and a preview, without credentials', async () => {
    await prepare({}, modules)
    const { job, started, credentials } = await check()
    expect([job?.result, job?.log.includes('error'), credentials]).toEqual(['success', false, false])
    const roots = ['calm-fox', 'platform', 'production'].flatMap((name) => [
      `terraform -chdir=envs/${name} init -backend=false -input=false -no-color -lockfile=readonly`,
      `terraform -chdir=envs/${name} validate -no-color`,
    ])
    expect(started).toEqual([
      ...['devtool init --branch main', 'devtool env create check', 'devtool env create -- production'],
      ...['terraform fmt -check -diff -recursive envs', 'terraform fmt -check -diff -recursive modules', ...roots],
    ])
  })

  test('says what changes in environments, and that the plan comes after the merge', async () => {
    await prepare({}, modules)
    const { job } = await check()
    expect(job?.summary).toMatch(
      /### What this changes\n\n```\n envs\/production\/main\.tf \| 2 \+-\n modules\/queue\/main\.tf {3}\| 1 \+\n 2 files changed/,
    )
    expect(job?.summary).not.toContain('services')
    expect(job?.summary).toContain('planned after the merge')
  })

  test('ten thousand files are a summary of two hundred', async () => {
    await prepare({}, () => {
      for (let number = 0; number < 10_000; number += 1) write(`envs/production/files/${number}.tf`, `# ${number}\n`)
    })
    const { job } = await check()
    expect(job?.result).toBe('success')
    expect(job?.summary.split('\n').filter((line) => line.includes('.tf'))).toHaveLength(200)
    expect(job?.summary).toContain('10000 files changed')
  })

  test('names of files start nothing and end no block', async () => {
    const names = ['$(touch pwned)', '`touch pwned`', '```', '-rf', 'a b', '\'"', '<img src=x>']
    await prepare({}, () => {
      for (const name of names) write(`envs/${name}/x.tf`, '# x\n')
    })
    const { job, started } = await check()
    expect(job?.result).toBe('success')
    expect(started).toHaveLength(10)
    expect(job?.summary.split('\n').filter((line) => line.startsWith('```'))).toHaveLength(2)
    expect(existsSync(path.join(machine.workspace, 'pwned'))).toBe(false)
  })

  test.each<[string, () => void, string]>([
    ['devtool init', () => write('devtool.yaml', 'project: other\n'), 'Not up to date'],
    ['devtool env create -- production', () => write('envs/production/main.tf', '# by hand\n'), 'Not up to date'],
  ])('what %s would write anew is a failure that shows the difference', async (_what, change, message) => {
    await prepare({}, modules)
    change()
    const { job, started } = await check()
    expect(job?.result).toBe('failure')
    expect(job?.log).toContain(message)
    expect(job?.log).toMatch(/^[+]/m)
    expect(started.some((line) => line.startsWith('terraform'))).toBe(false)
  })

  describe('a tool that says no', () => {
    beforeEach(() => {
      machine = { remove: async () => undefined } as RunnerMachine
    })

    test.each([
      'devtool init',
      'devtool env create check',
      'devtool env create -- production',
      'terraform fmt',
      'terraform -chdir=envs/platform init',
      'terraform -chdir=envs/production validate',
    ])('%s', async (start) => {
      await prepare({ [start]: { exitCode: 1 } }, modules)
      expect((await check()).job?.result).toBe('failure')
    })
  })

  test('without environments the preview is still checked', async () => {
    await prepare({}, () => {
      rmSync(path.join(machine.workspace, 'envs'), { recursive: true })
      write('envs/check/environment.json', JSON.stringify({ name: 'check', pinned: false }))
    })
    const { job, started } = await check()
    expect(job?.result).toBe('success')
    expect(started.filter((line) => line.includes('chdir'))).toHaveLength(2)
  })
})
