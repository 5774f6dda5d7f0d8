import { appendFileSync } from 'node:fs'
import { afterAll, describe, expect, inject, test } from 'vitest'
import { stateBucketName } from '../../src/aws/state-bucket.ts'
import { describeWith } from '../support/toolchain.ts'
import { ALIVE, act, type Life, live, withScene } from './life/live.ts'
import type { Ground } from './life/verdict.ts'

const { LIFE_SEEDS, LIFE_FROM = '1', LIFE_REPORT, LIFE_TRACE } = process.env
/** Without being asked for others: two which between them have everything that a release is to have seen. */
const USUAL = [470, 248]
const seeds = LIFE_SEEDS === undefined ? USUAL : Array.from({ length: Number(LIFE_SEEDS) }, (_, index) => Number(LIFE_FROM) + index)

describeWith(['terraform', 'provider', 'emulator'], 'the life of pull requests, with real processes', () => {
  const ground = (): Ground => {
    const account = inject('account')
    return { account, bucket: stateBucketName('shop', '123456789012', account['AWS_REGION'] ?? '') }
  }

  const seen = new Set<string>()
  // that the usual seeds still have it all: another generator would draw other lives of them
  afterAll(() => {
    if (seeds === USUAL) expect([...seen].sort()).toEqual(['branch deleted', 'close while applying', 'conflict', 'kill'])
  })

  describe.concurrent('whatever happens, what is wanted is there in the end, and nothing else', () => {
    for (const seed of seeds) {
      test(`seed ${seed}`, async () => {
        const life = await inTurn(() => live(ground(), seed))
        tell(life)
        for (const what of life.seen) seen.add(what)
        expect(life.problems, life.trace.join('\n')).toEqual([])
      })
    }
  })

  test.concurrent('destroy after the branch and its files are gone', async () => {
    await withScene(ground(), 'acme/branchless', async (scene) => {
      const { pulls, repository, workflows, look } = scene
      const commit = await repository.commit('change-7', repository.main)
      workflows.deliver(pulls.open(7, { labelled: true, fork: false, commit }).slice(0, 1), ALIVE)
      await workflows.quiet()
      expect((await look()).problems([])).toEqual([])

      await act(scene, { deed: 'delete-branch', number: 7, fate: { ...ALIVE, dropped: true } })
      await repository.prune()
      expect(await repository.holds(commit)).toBe(false)
      const { result } = await workflows.sweep(null)
      expect(result.json<{ outcomes: unknown[] }>().outcomes).toMatchObject([{ outcome: 'destroyed' }])
      expect((await look()).problems([])).toEqual([])
      expect(commentOf(scene.pulls, 7)).toMatch(/is gone[\s\S]*0 resources left/)
    })
  })

  test.concurrent('destroy of a conflicting PR by the sweep', async () => {
    await withScene(ground(), 'acme/conflicting', async (scene) => {
      const { pulls, repository, workflows, look } = scene
      const commit = await repository.commit('change-8', repository.main)
      workflows.deliver(pulls.open(8, { labelled: true, fork: false, commit }).slice(0, 1), ALIVE)
      await workflows.quiet()
      expect((await look()).problems([])).toEqual([])

      await act(scene, { deed: 'conflict', number: 8, fate: ALIVE })
      // what runs on `pull_request` does not run for it, and what runs on `pull_request_target` got lost
      await act(scene, { deed: 'close', number: 8, fate: { ...ALIVE, dropped: true } })
      const { result } = await workflows.sweep(null)
      expect(result.json<{ outcomes: unknown[] }>().outcomes).toMatchObject([{ outcome: 'destroyed' }])
      expect((await look()).problems([])).toEqual([])
      expect(commentOf(scene.pulls, 8)).toMatch(/is gone[\s\S]*0 resources left/)
    })
  })
})

/** Two lives at a time: each keeps a processor busy. */
const AT_ONCE = 2
const lanes: Promise<unknown>[] = Array.from({ length: AT_ONCE }, () => Promise.resolve())
let next = 0

function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const lane = next++ % AT_ONCE
  const mine = (lanes[lane] ?? Promise.resolve()).then(work)
  lanes[lane] = mine.catch(() => undefined)
  return mine
}

function commentOf({ state }: { state: { comments: { pullRequest: number; body: string }[] } }, number: number): string | undefined {
  return state.comments.find(({ pullRequest }) => pullRequest === number)?.body
}

/** For `npm run life`, which reads the one, and for whoever looks for a fault, who reads the other. */
function tell(life: Life): void {
  if (LIFE_REPORT !== undefined) appendFileSync(LIFE_REPORT, `${JSON.stringify({ ...life, seen: [...life.seen] })}\n`)
  if (LIFE_TRACE !== undefined) process.stderr.write(`${life.trace.join('\n')}\n`)
}
