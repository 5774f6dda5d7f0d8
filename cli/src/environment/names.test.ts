import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { awsName, databaseName, listenerPriority, refuseName } from './names.ts'

const nameArbitrary = fc.stringMatching(/^[a-z][a-z0-9]{0,7}(-[a-z0-9]{1,7}){0,2}$/)
const wild = fc.string({ unit: fc.constantFrom(...'abyz019-_./ AZ'), maxLength: 60 })

describe('names of environments', () => {
  test.each(['calm-otter', 'production', 'a', 'a1-2-b', 'a'.repeat(24)])('%s', (name) => {
    expect(refuseName(name)).toBeUndefined()
  })

  test.each([
    '',
    'Calm-otter',
    'calm--otter',
    '-calm',
    'calm-',
    'calm_otter',
    '1calm',
    'a'.repeat(25),
    'calm otter',
    '../x',
    'calm-otter\n',
  ])('not %j', (name) => {
    expect(refuseName(name)).toContain('lower-case letters')
  })

  test.each(['platform', 'constructor'])('%s is reserved', (name) => {
    expect(refuseName(name)).toBe('a name other than platform and constructor, which are reserved')
  })
})

describe('names in AWS', () => {
  test('what fits stays as it is', () => {
    expect(awsName(32, 'shop', 'calm-otter', 'web')).toBe('shop-calm-otter-web')
    expect(awsName(19, 'shop', 'calm-otter', 'web')).toBe('shop-calm-otter-web')
  })

  test('what does not is cut and hashed', () => {
    expect(awsName(18, 'shop', 'calm-otter', 'web')).toMatch(/^shop-calm-ott-[a-z0-9]{4}$/)
    expect(awsName(15, 'shop', 'calm-otter', 'web')).toMatch(/^shop-calm-[a-z0-9]{4}$/)
  })

  test('always within the limit, of lower-case letters, digits and single hyphens between them [29]', () => {
    fc.assert(
      fc.property(fc.integer({ min: 8, max: 64 }), fc.array(wild, { maxLength: 4 }), (limit, parts) => {
        const name = awsName(limit, ...parts)
        expect(name.length).toBeLessThanOrEqual(limit)
        expect(name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/)
        expect(awsName(limit, ...parts)).toBe(name)
      }),
      { numRuns: 2000 },
    )
  })

  test('begins as the project does, so a name that must start with a letter does', () => {
    fc.assert(
      fc.property(fc.integer({ min: 8, max: 64 }), nameArbitrary, nameArbitrary, (limit, project, name) => {
        expect(awsName(limit, project, name, 'web')).toMatch(/^[a-z]/)
      }),
    )
  })

  test('different names stay different when they are cut [29]', () => {
    const names = Array.from({ length: 400 }, (_, index) => awsName(32, 'a-long-project', 'careful-elephant', `service-${index}`))
    expect(new Set(names).size).toBe(400)
    fc.assert(
      fc.property(
        fc.integer({ min: 16, max: 64 }),
        fc.array(wild, { minLength: 1, maxLength: 3 }),
        fc.array(wild, { minLength: 1, maxLength: 3 }),
        (limit, a, b) => {
          fc.pre(a.join('-') !== b.join('-'))
          expect(awsName(limit, ...a)).not.toBe(awsName(limit, ...b))
        },
      ),
      { numRuns: 2000, seed: 1 },
    )
  })

  test('a limit without room is a fault of ours', () => {
    expect(() => awsName(7, 'shop')).toThrow(RangeError)
  })
})

describe('databases', () => {
  test('an identifier of Postgres', () => {
    expect(databaseName('shop', 'calm-otter')).toBe('shop_calm_otter')
  })

  test('the longest owner still fits, and no two environments share one [29][P22]', () => {
    expect(`${databaseName('p'.repeat(20), 'n'.repeat(24))}_owner`.length).toBeLessThanOrEqual(63)
    fc.assert(
      fc.property(nameArbitrary, nameArbitrary, (a, b) => {
        fc.pre(a !== b)
        expect(databaseName('shop', a)).not.toBe(databaseName('shop', b))
        expect(databaseName('shop', a)).toMatch(/^[a-z][a-z0-9_]*$/)
      }),
    )
  })
})

describe('listener priorities', () => {
  test('lie within what a listener allows', () => {
    expect(listenerPriority(1, 0)).toBe(50)
    expect(listenerPriority(999, 49)).toBe(49_999)
  })

  test('no two slots share one', () => {
    const pair = fc.tuple(fc.integer({ min: 1, max: 999 }), fc.integer({ min: 0, max: 49 }))
    fc.assert(
      fc.property(pair, pair, (a, b) => {
        fc.pre(a[0] !== b[0] || a[1] !== b[1])
        expect(listenerPriority(...a)).not.toBe(listenerPriority(...b))
      }),
    )
  })

  test.each([
    [0, 0],
    [1000, 0],
    [1.5, 0],
    [1, -1],
    [1, 50],
    [Number.NaN, 0],
  ])('slot %d, index %d is a fault of ours', (slot, index) => {
    expect(() => listenerPriority(slot, index)).toThrow(RangeError)
  })
})
