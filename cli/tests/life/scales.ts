import type { Scale } from './story.ts'

const HOUR = 3_600_000
/** Far from a multiple of the time to live of 72 hours, whatever is added up. */
const WAITS = [26 * HOUR, 80 * HOUR]

const WEIGHTS: Scale['weights'] = [
  ['label', 10],
  ['unlabel', 7],
  ['push', 14],
  ['force-push', 4],
  ['close', 6],
  ['merge', 3],
  ['reopen', 7],
  ['conflict', 5],
  ['resolve', 4],
  ['delete-branch', 3],
  ['rename-branch', 2],
  ['rename-repository', 1],
  ['edit-title', 2],
  ['label-by-bot', 2],
  ['other-label-by-bot', 1],
  ['sweep', 9],
  ['rerun', 3],
  ['trouble', 4],
]

/** What a run passes that finds nothing to do, and one that makes or removes an environment: some deaths come too late. */
const FEW_DOORS = 25
const MOST_DOORS = 130

/** In a model of GitHub and AWS, where days pass in no time. One seed in four loses nobody: what is wrong there is not for a death. */
export function modelScale(seed: number): Scale {
  return {
    pulls: [1, 4],
    labelled: 0.7,
    forks: 0.1,
    steps: [6, 16],
    deaths: seed % 4 === 0 ? 0 : 0.4,
    weights: WEIGHTS,
    // mostly while something is still being done, sometimes when all is quiet, seldom days later
    gap: (chance) => {
      const kind = chance.below(20)
      if (kind < 9) return chance.between(0, 5_000)
      if (kind < 15) return chance.between(5_000, 60_000)
      if (kind < 19) return chance.between(60_000, 900_000)
      return chance.pick(WAITS)
    },
    delay: { soon: 5_000, late: 900_000 },
    deathAt: (chance) => chance.between(1, chance.happens(0.3) ? FEW_DOORS : MOST_DOORS),
  }
}

/** With real processes, each of which takes about five seconds where there is something to do. */
export const realScale: Scale = {
  pulls: [1, 2],
  labelled: 0.9,
  forks: 0.05,
  steps: [4, 8],
  deaths: 0.4,
  weights: WEIGHTS.filter(([what]) => what !== 'trouble'),
  gap: (chance) => (chance.happens(0.6) ? chance.between(0, 2_500) : chance.between(2_500, 8_000)),
  delay: { soon: 300, late: 6_000 },
  deathAt: (chance) => chance.between(500, 8_000),
}
