import { uniqueNamesGenerator } from 'unique-names-generator'
import { hashNumber } from './hash.ts'
import { isReservedName } from './names.ts'
import { adjectives, animals } from './words.ts'

/** Far more than an account has environments: a search that gets here is not about names. */
const attempts = 2000

/** The seed of a pull request: every machine derives the same name. GitHub does not tell upper case from lower. */
export function pullRequestSeed(repository: string, pullRequest: number): string {
  return `${repository.toLowerCase()}#${pullRequest}`
}

/**
 * The seed of what has no pull request. A project holds no colon, a repository always a slash: the two kinds of seed never meet. A branch has
 * one name in the account and another on the machines of its developers.
 */
export function branchSeed(project: string, branch: string, target: 'aws' | 'local'): string {
  return target === 'aws' ? `${project}:${branch}` : `${project}:${target}:${branch}`
}

/**
 * The names for a seed, adjective-animal, always the same ones in the same order and none of them twice: the first is the name,
 * the others are for when it is taken.
 */
export function* petnames(seed: string): Generator<string, void, undefined> {
  const seen = new Set<string>()
  for (let attempt = 0; attempt < attempts; attempt++) {
    const name = petname(numberSeed(`${seed}\0${attempt}`))
    if (seen.has(name) || isReservedName(name)) continue
    seen.add(name)
    yield name
  }
}

function petname(seed: number): string {
  return uniqueNamesGenerator({ dictionaries: [adjectives, animals], separator: '-', style: 'lowerCase', seed })
}

/** A uint32, as the library's own hash of texts gives 10,000 pull requests 91 names; never 0, which the library takes for none. */
function numberSeed(text: string): number {
  return hashNumber(text) || 1
}
