import type { Chance } from './chance.ts'
import type { Deed } from './pulls.ts'

/** One thing that happens, `after` milliseconds after the one before it. */
export type Step =
  | { after: number; what: 'deed'; deed: Deed; number: number; fate: Fate }
  | { after: number; what: 'sweep'; fate: Pick<Fate, 'death'> }
  | { after: number; what: 'rerun'; number: number; fate: Fate }
  | { after: number; what: 'trouble'; trouble: GitHubTrouble; lasts: number }

/** What becomes of the runs that GitHub starts for a deed. */
export interface Fate {
  /** GitHub never starts them. */
  dropped: boolean
  /** Started once more, this much later. */
  again: number | null
  /** Until they are delivered: later ones may overtake. */
  delay: number
  /** How the first of them ends before its time; null if it does not. */
  death: Death | null
}

export interface Death {
  /** After how many of its doors (store, GitHub, Terraform, ...), or milliseconds where it is a real process. A run that is done by then lives. */
  at: number
  /** Killed at once, or cancelled: asked to stop, and killed ten seconds later. */
  how: 'kill' | 'cancel'
}

/** GitHub does not answer, names no pull request, leaves some out, knows none of them, loses requests or answers, or is cut off. */
export type GitHubTrouble = 'down' | 'empty' | 'partial' | 'hidden' | 'lost' | 'lost-but-done' | 'cut'

export interface Story {
  pulls: { number: number; labelled: boolean; fork: boolean; fate: Fate }[]
  steps: Step[]
  /** `previews.limit`. */
  limit: number
  /** How many of the commits are broken: their services do not come up, or AWS refuses them. */
  broken: number
  /** Each run has a machine of its own, as GitHub's have; otherwise all are on one. */
  hosted: boolean
}

/** How much happens, and how fast. */
export interface Scale {
  pulls: [least: number, most: number]
  /** How many of them carry the label from the start, and come from a fork. */
  labelled: number
  forks: number
  steps: [least: number, most: number]
  /** How many of the runs are to die. */
  deaths: number
  weights: readonly (readonly [Deed | 'sweep' | 'rerun' | 'trouble', number])[]
  gap(chance: Chance): number
  /** Until a run is delivered: most of them soon, a few late. */
  delay: { soon: number; late: number }
  deathAt(chance: Chance): number
}

const TROUBLES: GitHubTrouble[] = ['down', 'empty', 'partial', 'hidden', 'lost', 'lost-but-done', 'cut']

/** What happens in a seed's life. What is not possible when its turn comes does not happen. */
export function tell(chance: Chance, scale: Scale): Story {
  const numbers = Array.from({ length: chance.between(...scale.pulls) }, (_, index) => 11 + index)
  const fateOf = (): Fate => fate(chance, scale)
  const steps = Array.from({ length: chance.between(...scale.steps) }, (): Step => {
    const what = weighted(chance, scale.weights)
    const after = scale.gap(chance)
    const number = chance.pick(numbers)
    if (what === 'sweep') return { after, what, fate: { death: fateOf().death } }
    if (what === 'rerun') return { after, what, number, fate: fateOf() }
    if (what === 'trouble') return { after, what, trouble: chance.pick(TROUBLES), lasts: chance.between(1_000, 90_000) }
    return { after, what: 'deed', deed: what, number, fate: fateOf() }
  })
  return {
    pulls: numbers.map((number) => ({
      number,
      labelled: chance.happens(scale.labelled),
      fork: chance.happens(scale.forks),
      fate: fateOf(),
    })),
    steps,
    // one of those that count is made by hand
    limit: chance.happens(0.25) ? chance.between(2, 3) : 20,
    broken: chance.happens(0.3) ? 0.25 : 0,
    hosted: chance.happens(0.6),
  }
}

function weighted<What>(chance: Chance, weights: readonly (readonly [What, number])[]): What {
  let left = chance.below(weights.reduce((sum, [, weight]) => sum + weight, 0))
  for (const [what, weight] of weights) {
    left -= weight
    if (left < 0) return what
  }
  throw new Error('the weights do not add up')
}

function fate(chance: Chance, { deaths, delay, deathAt }: Scale): Fate {
  const how = chance.happens(0.2) ? 'cancel' : 'kill'
  return {
    dropped: chance.happens(0.08),
    again: chance.happens(0.1) ? chance.between(0, delay.late / 3) : null,
    delay: chance.happens(0.2) ? chance.between(delay.soon, delay.late) : chance.between(0, delay.soon),
    death: chance.happens(deaths) ? { at: deathAt(chance), how } : null,
  }
}
