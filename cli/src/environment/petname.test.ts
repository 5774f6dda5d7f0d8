import fc from 'fast-check'
import { adjectives as libraryAdjectives, animals as libraryAnimals } from 'unique-names-generator'
import { describe, expect, test } from 'vitest'
import { refuseName } from './names.ts'
import { branchSeed, petnames, pullRequestSeed } from './petname.ts'
import { adjectives, animals } from './words.ts'

const anyCharacter = fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code))

function first(seed: string, count = 1): string[] {
  const names: string[] = []
  for (const name of petnames(seed)) {
    names.push(name)
    if (names.length === count) break
  }
  return names
}

describe('the names of a seed', () => {
  test('never change: environments are found again by them [P30]', () => {
    expect(first(pullRequestSeed('acme/shop', 1), 3)).toEqual(['chilly-puffin', 'long-porpoise', 'nearby-prawn'])
    expect(first(branchSeed('shop', 'main', 'aws'), 2)).toEqual(['early-chipmunk', 'glad-quokka'])
  })

  test('are names that an environment may have, none of them twice', () => {
    fc.assert(
      fc.property(fc.string({ unit: anyCharacter }), (seed) => {
        const names = first(seed, 40)
        expect(new Set(names).size).toBe(40)
        expect(first(seed, 40)).toEqual(names)
        for (const name of names) {
          expect(name).toMatch(/^[a-z]{3,8}-[a-z]{3,8}$/)
          expect(refuseName(name)).toBeUndefined()
        }
      }),
      { numRuns: 20 },
    )
  })

  test('end after so many that a search ends too', () => {
    const all = [...petnames('acme/shop#1')]
    expect(all.length).toBeGreaterThan(1900)
    expect(new Set(all).size).toBe(all.length)
  })

  test('are spread: neighbours collide no more often than chance has it', () => {
    const names = Array.from({ length: 1000 }, (_, index) => first(pullRequestSeed('acme/shop', index + 1))[0])
    // 1000 of 63,690 names: about 8 of them twice
    expect(new Set(names).size).toBeGreaterThan(970)
  })
})

describe('seeds', () => {
  test('GitHub names repositories in any case', () => {
    expect(pullRequestSeed('Acme/Shop', 7)).toBe(pullRequestSeed('acme/shop', 7))
  })

  test('digits that change places give another name', () => {
    expect(first(pullRequestSeed('acme/shop', 12))).not.toEqual(first(pullRequestSeed('acme/shop', 21)))
  })

  test('a branch is never taken for a pull request', () => {
    expect(branchSeed('shop', 'acme/shop#1', 'aws')).not.toBe(pullRequestSeed('acme/shop', 1))
  })
})

describe('words', () => {
  test.each([
    ['adjectives', adjectives, libraryAdjectives],
    ['animals', animals, libraryAnimals],
  ])('%s are short words of the library, none twice', (_, words, library) => {
    expect(new Set(words).size).toBe(words.length)
    expect(words.filter((word) => !/^[a-z]{3,8}$/.test(word))).toEqual([])
    expect(words.filter((word) => !library.includes(word))).toEqual([])
  })

  test('no word is both', () => {
    expect(adjectives.filter((word) => animals.includes(word))).toEqual([])
  })

  test.each(
    'fat ugly dead gay naked sexual racial christian communist disabled coloured drunk stupid live failed broken ready official production'.split(
      ' ',
    ),
  )('the adjective %s is not among them', (word) => {
    expect(adjectives).not.toContain(word)
  })

  test.each('ape monkey gorilla baboon pig rat dog cow donkey snake worm louse booby beaver cougar raccoon bug human'.split(' '))(
    'the animal %s is not among them',
    (word) => {
      expect(animals).not.toContain(word)
    },
  )
})
