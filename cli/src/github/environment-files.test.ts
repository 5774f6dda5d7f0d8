import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { systemRandom } from '../system/random.ts'
import { environmentFiles } from './environment-files.ts'

function world(variables: Record<string, string | undefined>) {
  const written = new Map<string, string>()
  const files = {
    append: async (file: string, content: string | Uint8Array) => {
      written.set(file, `${written.get(file) ?? ''}${content.toString()}`)
    },
  }
  return { written, ...environmentFiles({ files, random: systemRandom, variables }) }
}

/** As the runner reads the file. */
function parsed(file: string): Record<string, string> {
  const values: Record<string, string> = {}
  const lines = file.split('\n')
  while (lines.length > 1) {
    const [name = '', delimiter = ''] = (lines.shift() ?? '').split('<<')
    const end = lines.indexOf(delimiter)
    values[name] = lines.slice(0, end).join('\n')
    lines.splice(0, end + 1)
  }
  return values
}

describe('what a step hands to GitHub Actions', () => {
  test('the summary is added to', async () => {
    const { written, summary } = world({ GITHUB_STEP_SUMMARY: '/summary' })
    await summary('# one\n\n')
    await summary('two')
    expect(written.get('/summary')).toBe('# one\n\ntwo\n\n')
  })

  test('no output can become another one', async () => {
    const values = fc.record({ url: fc.string(), 'env-name': fc.string({ unit: fc.constantFrom('\n', '<', 'e', 'n', 'd', '-', 'url') }) })
    await fc.assert(
      fc.asyncProperty(values, async (given) => {
        const { written, outputs } = world({ GITHUB_OUTPUT: '/outputs' })
        await outputs(given)
        await outputs({ more: 'x' })
        expect(parsed(written.get('/outputs') ?? '')).toEqual({ ...given, more: 'x' })
      }),
    )
  })

  test('a name that is none is a mistake of ours', async () => {
    await expect(world({ GITHUB_OUTPUT: '/outputs' }).outputs({ 'a\nb': '' })).rejects.toThrow('is no name of an output')
  })

  test.each([{}, { GITHUB_OUTPUT: '', GITHUB_STEP_SUMMARY: '' }])('outside of a workflow nothing is written', async (variables) => {
    const { written, outputs, summary } = world(variables)
    await summary('x')
    await outputs({ a: 'b' })
    expect(written.size).toBe(0)
  })
})
