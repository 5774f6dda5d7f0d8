import type { Command } from 'commander'
import { describe, expect, test } from 'vitest'
import { buildProgram } from '../../src/program.ts'
import { testContext } from '../support/context.ts'
import { all } from './rendered.ts'

/** Every command line of DevTool that a workflow holds, with its variables filled in. */
function commandLines(): string[] {
  const lines = all().flatMap(({ text }) =>
    [...text.matchAll(/^ *(?:run: )?(?:exec )?(?:node )?\S*devtool(?:\.js)? ((?:env|init|bootstrap) .*)$/gm)].map(([, line = '']) => line),
  )
  const filled = lines.map((line) =>
    line
      .replace(/ [<>].*$/, '')
      .replace('"$PULL_REQUEST"', '2')
      .replace('"$PLAN"', 'a'.repeat(64))
      .replace('"$name"', 'production'),
  )
  return [...new Set(filled)].sort()
}

/** Takes the arguments without doing anything. */
function quiet(command: Command, done: string[]): void {
  const name = (of: Command): string => (of.parent === null || of.parent === undefined ? '' : `${name(of.parent)} ${of.name()}`)
  if (command.commands.length === 0) command.action(() => void done.push(name(command).trim()))
  for (const child of command.commands) quiet(child, done)
}

describe('what workflows start is a command of this version', () => {
  test('all of them are looked at', () => {
    expect(commandLines()).toEqual([
      'env apply production --plan aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa --yes',
      'env create -- production',
      'env create check',
      'env drift production --issue',
      'env plan production --save --json',
      'env sync --all --dry-run --json',
      'env sync --all --yes',
      'env sync --pr 2 --yes',
      'init --branch main',
      'init --branch release/2.x',
    ])
  })

  test.each(commandLines())('%s', async (line) => {
    const { context } = await testContext()
    const program = buildProgram(context)
    const done: string[] = []
    quiet(program, done)
    await program.parseAsync(line.split(' '), { from: 'user' })
    expect(done).toEqual([line.split(' ', line.startsWith('init') ? 1 : 2).join(' ')])
  })

  test.each(['env sync --pr x --yes', 'env drift', 'env apply production --plans a', 'env crate check'])('%s is none', async (line) => {
    const { context } = await testContext()
    const program = buildProgram(context)
    quiet(program, [])
    await expect(program.parseAsync(line.split(' '), { from: 'user' })).rejects.toThrow()
  })
})
