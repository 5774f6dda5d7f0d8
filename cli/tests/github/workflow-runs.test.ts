import { describe, expect, test } from 'vitest'
import { type World, world } from './world.ts'

const RUN = 30433642

async function withRun(status: 'queued' | 'in_progress' | 'completed' = 'in_progress'): Promise<World> {
  const made = await world()
  made.fake.state.workflowRuns.push(
    { id: RUN, attempt: 1, status: 'completed', conclusion: 'cancelled' },
    { id: RUN, attempt: 2, status, conclusion: status === 'completed' ? 'success' : null },
  )
  return made
}

describe('a run of a workflow', () => {
  test.each(['queued', 'in_progress'] as const)('is %s', async (status) => {
    const { fake, github } = await withRun(status)
    expect(await github.runAttempt(RUN, 2)).toEqual({ status, conclusion: null })
    expect(fake.asked).toEqual(['actions/get-workflow-run-attempt'])
  })

  test('each attempt has an end of its own', async () => {
    const { github } = await withRun()
    expect(await github.runAttempt(RUN, 1)).toEqual({ status: 'completed', conclusion: 'cancelled' })
    expect((await github.runAttempt(RUN, 2)).status).toBe('in_progress')
  })

  test('that GitHub does not know, or does not show', async () => {
    const { github } = await withRun()
    await expect(github.runAttempt(RUN, 3)).rejects.toMatchObject({
      kind: 'not-found',
      message: `could not look up the workflow run ${RUN} of acme/shop: GitHub has no such thing`,
      hint: expect.stringContaining('actions: read'),
    })
  })

  test('that the token may not look at', async () => {
    const { fake, github } = await withRun()
    fake.rules.permissions = { 'pull-requests': 'write', deployments: 'write' }
    await expect(github.runAttempt(RUN, 2)).rejects.toMatchObject({
      message: expect.stringContaining('the token lacks the permission `actions: read`'),
      hint: expect.stringContaining('permissions:'),
    })
  })

  test.each([
    ['another run', { id: RUN + 1, run_attempt: 2, status: 'completed', conclusion: 'success' }],
    ['another attempt', { id: RUN, run_attempt: 1, status: 'completed', conclusion: 'success' }],
    ['no state', { id: RUN, run_attempt: 2, status: null, conclusion: null }],
  ])('an answer about %s is none', async (_, body) => {
    const { fake, github } = await withRun()
    fake.trouble({ on: 'actions/get-workflow-run-attempt', reply: { status: 200, body } })
    await expect(github.runAttempt(RUN, 2)).rejects.toThrow("the answer is not GitHub's; nothing was changed")
  })
})
