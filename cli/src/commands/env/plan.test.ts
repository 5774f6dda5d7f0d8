import { describe, expect, test } from 'vitest'
import { testContext } from '../../../tests/support/context.ts'

const json = <Value>(text: string): Value => JSON.parse(text) as Value

describe('env plan', () => {
  test('prints counts and addresses', async () => {
    const { run, target } = await testContext()
    await run('env', 'create', 'calm-otter')
    target.answers.plan = async () => ({ add: 1, change: 0, destroy: 0, resources: [{ address: 'aws_sqs_queue.mail', action: 'create' }] })
    expect(json((await run('env', 'plan', 'calm-otter', '--json')).stdout)).toEqual({
      name: 'calm-otter',
      changes: { add: 1, change: 0, destroy: 0 },
      resources: [{ address: 'aws_sqs_queue.mail', action: 'create' }],
    })
    expect((await run('env', 'plan', 'calm-otter')).stdout).toContain('1 to add, 0 to change, 0 to destroy')
  })
})
