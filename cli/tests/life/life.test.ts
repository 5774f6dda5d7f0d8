import { describe, expect, test } from 'vitest'
import { live } from './life.ts'
import { testLives } from './lives.ts'

const { LIFE_SEED } = process.env

describe('whatever happens, what is wanted is there in the end, and nothing else', () => {
  const lives = LIFE_SEED === undefined ? testLives(1, 200) : testLives(Number(LIFE_SEED), Number(LIFE_SEED))

  // that these lives have what they are about: a generator that draws only quiet ones would find nothing
  test.runIf(LIFE_SEED === undefined)('and everything has happened in them', () => {
    const deaths = lives.flatMap((life) => life.deaths)
    const deathsAt = (door: RegExp): number => deaths.filter((at) => door.test(at)).length
    expect(deathsAt(/^(read|write|remove|list) /)).toBeGreaterThan(30)
    expect(deathsAt(/^GitHub /)).toBeGreaterThan(10)
    expect(deathsAt(/^terraform /)).toBeGreaterThan(20)
    expect(deathsAt(/^AWS /)).toBeGreaterThan(0)
    const happened = (what: RegExp): number => lives.filter(({ trace }) => trace.some((line) => what.test(line))).length
    for (const deed of ['label', 'unlabel', 'push', 'close', 'merge', 'reopen', 'conflict', 'delete-branch', 'force-push', 'edit-title']) {
      expect([deed, happened(new RegExp(`#\\d+ ${deed}\\b`)) > 5]).toEqual([deed, true])
    }
    expect(happened(/#\d+ (rename-repository|rename-branch)/)).toBeGreaterThan(5)
    expect(happened(/#\d+ label-by-bot/)).toBeGreaterThan(5)
    expect(happened(/opened.*from a fork/)).toBeGreaterThan(5)
    expect(happened(/is not delivered/)).toBeGreaterThan(5)
    expect(happened(/GitHub: /)).toBeGreaterThan(5)
    expect(happened(/it expired/)).toBeGreaterThan(5)
    expect(happened(/superseded/)).toBeGreaterThan(5)
    expect(happened(/previews.limit/)).toBeGreaterThan(5)
    expect(happened(/is working on it/)).toBeGreaterThan(5)
    expect(lives.filter(({ closedWhileApplying }) => closedWhileApplying).length).toBeGreaterThan(5)
  })
})

test('the same seed is the same life', async () => {
  const [one, other] = [await live(7), await live(7)]
  expect(other).toEqual(one)
  expect((await live(8)).trace).not.toEqual(one.trace)
})
