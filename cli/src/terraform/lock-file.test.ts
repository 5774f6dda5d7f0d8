import { expect, test } from 'vitest'
import { forEngine, mergeHashes, parseLockFile, renderLockFile, withoutHashes } from './lock-file.ts'

const text = `# This file is maintained automatically by "terraform init".
# Manual edits may be lost in future updates.

provider "registry.terraform.io/hashicorp/archive" {
  version = "2.7.1"
  hashes = [
    "h1:A1R9Ctcd2LyXuhP9w5ZRYn2hKZaRA4DJtcQ7PnkJmfs=",
  ]
}

provider "registry.terraform.io/hashicorp/aws" {
  version     = "5.100.0"
  constraints = ">= 5.100.0, < 7.0.0"
  hashes = [
    "h1:edXOJWE4ORX8Fm+dpVpICzMZJat4AX0VRCAy/xkcOc0=",
    "zh:054b8dd49f0549c9a7cc27d159e45327b7b65cf404da5e5a20da154b90b8a644",
  ]
}
`

test('a lock file survives reading and writing byte for byte', () => {
  const providers = parseLockFile(text)
  expect(providers.map(({ address, version }) => `${address} ${version}`)).toEqual([
    'registry.terraform.io/hashicorp/archive 2.7.1',
    'registry.terraform.io/hashicorp/aws 5.100.0',
  ])
  expect(renderLockFile(providers)).toBe(text)
  expect(parseLockFile('')).toEqual([])
})

test('for OpenTofu the same versions stand under its registry, without hashes of the other one', () => {
  const moved = forEngine(parseLockFile(text), 'tofu')
  expect(moved[1]).toEqual({
    address: 'registry.opentofu.org/hashicorp/aws',
    version: '5.100.0',
    constraints: '>= 5.100.0, < 7.0.0',
    hashes: [],
  })
  expect(forEngine(parseLockFile(text), 'terraform')).toEqual(parseLockFile(text))
})

test('completing keeps the hashes of the other platforms of the same version only', () => {
  const before = parseLockFile(text)
  const after = withoutHashes(before).map((provider) => ({ ...provider, hashes: ['h1:new='] }))
  expect(mergeHashes(before, after)[1]?.hashes).toEqual([...(before[1]?.hashes ?? []), 'h1:new='].sort())
  expect(
    mergeHashes(
      before,
      after.map((provider) => ({ ...provider, version: '6.0.0' })),
    )[1]?.hashes,
  ).toEqual(['h1:new='])
})
