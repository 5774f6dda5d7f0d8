import { validate } from '@actions/languageservice'
import { describe, expect, test } from 'vitest'
import { TextDocument } from 'vscode-languageserver-textdocument'
import { INPUTS } from './action-inputs.ts'
import { all, type Source, workflowText } from './rendered.ts'

/** GitHub's own linter for workflows. It knows `queue` and `deployment`: nothing has to be let through. */
let documents = 0

async function lint({ text }: Pick<Source, 'text'>): Promise<string[]> {
  documents += 1
  // what it found out of one document it remembers by its address
  const document = TextDocument.create(`file:///workflow-${documents}.yml`, 'yaml', 1, text)
  const found = await validate(document, {
    actionsMetadataProvider: {
      fetchActionMetadata: async ({ owner, name }) => {
        const inputs = INPUTS[`${owner}/${name}`]
        return inputs === undefined
          ? undefined
          : { name, description: name, inputs: Object.fromEntries(inputs.map((input) => [input, { description: input }])) }
      },
    },
  })
  return found.map(({ range, message }) => `${range.start.line + 1}: ${message}`)
}

describe('GitHub takes it', () => {
  test.each(all())('$owner: $name', async (source) => expect(await lint(source)).toEqual([]))
})

describe('the linter can fail', () => {
  test.each<[string, string, string | RegExp, string, RegExp]>([
    ['an unknown key', 'preview.yml', 'timeout-minutes:', 'timeout:', /Unexpected value 'timeout'/],
    ['an unknown event type', 'preview.yml', 'types: [labeled,', 'types: [labelled,', /Unexpected value 'labelled'/],
    ['an unknown right', 'drift.yml', 'issues: write', 'issue: write', /Unexpected value 'issue'/],
    ['a job that is not there', 'reaper.yml', 'needs: look', 'needs: see', /see/],
    [
      'an output that is not there',
      'reaper.yml',
      'needs.look.outputs.removals &&',
      'needs.look.outputs.removal &&',
      /Context access might be invalid: removal/,
    ],
    ['an input that is not there', 'preview-teardown.yml', 'inputs.pull-request }}', 'inputs.number }}', /number/],
    ['an unknown context', 'preview.yml', 'github.repository &&', 'gitub.repository &&', /Unrecognized named-value: 'gitub'/],
    ['an unknown function', 'production.yml', '!cancelled()', '!canceled()', /Unrecognized function: 'canceled'/],
    [
      'half an expression',
      'preview.yml',
      "contains(github.event.pull_request.labels.*.name, 'preview'))",
      'contains(github.event.pull_request.labels.*.name',
      /./,
    ],
    ['a queue that does not exist', 'preview.yml', 'queue: max', 'queue: all', /Unexpected value 'all'/],
    ['a deployment that is no boolean', 'preview.yml', 'deployment: false', 'deployment: maybe', /./],
    ['a cron that is none', 'reaper.yml', '17,47 * * * *', '77 * * * *', /cron/i],
    [
      'an input that the action does not have',
      'preview.yml',
      'persist-credentials:',
      'persist-credential:',
      /Invalid action input 'persist-credential'/,
    ],
    ['no YAML', 'preview.yml', 'jobs:', 'jobs: [', /./],
  ])('%s', async (_what, name, from, to, message) => {
    const text = workflowText(name)
    const broken = text.replace(from, () => to)
    expect(broken).not.toBe(text)
    expect((await lint({ text: broken })).join('\n')).toMatch(message)
  })
})
