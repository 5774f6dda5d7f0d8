import { expect, test } from 'vitest'
import { type Life, live } from './life.ts'

const BLOCK = 20

/** A test for each block of seeds; the lives that were lived, for whoever counts. */
export function testLives(from: number, to: number): readonly Life[] {
  const lived: Life[] = []
  for (let first = from; first <= to; first += BLOCK) {
    const last = Math.min(first + BLOCK - 1, to)
    test(first === last ? `seed ${first}` : `seeds ${first} to ${last}`, async () => {
      const wrong: string[] = []
      for (let seed = first; seed <= last; seed += 1) {
        const life = await live(seed)
        lived.push(life)
        if (life.problems.length > 0) wrong.push(tell(life))
      }
      expect(wrong.join('\n\n')).toBe('')
    })
  }
  return lived
}

/** What was wrong, everything that happened in order, and how to see it again. */
export function tell({ seed, problems, trace }: Life): string {
  return [
    `seed ${seed}:`,
    ...problems.map(({ kind, text }) => `  ${kind}: ${text}`),
    ...trace.map((line) => `    ${line}`),
    `  again: LIFE_SEED=${seed} npx vitest run --project life cli/tests/life/life.test.ts`,
  ].join('\n')
}
