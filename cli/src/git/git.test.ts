import { execFileSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { systemFiles } from '../system/files.ts'
import { systemRun } from '../system/run.ts'
import { createGit } from './git.ts'

const git = createGit({ files: systemFiles, run: systemRun, variables: { PATH: process.env['PATH'], HOME: tmpdir() } })
let folder: string
const sh = (...args: string[]): string =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], { cwd: folder, encoding: 'utf8' }).trim()

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'devtool-git-'))
})

describe('git', () => {
  test('nothing outside a repository', async () => {
    expect(await git.head(folder)).toBeUndefined()
  })

  test('branch and commit, from a folder inside, loose and packed', async () => {
    sh('init', '-q', '-b', 'feature/cart')
    expect(await git.head(folder)).toEqual({ branch: 'feature/cart', commit: null })
    sh('commit', '-q', '--allow-empty', '-m', 'one')
    const commit = sh('rev-parse', 'HEAD')
    expect(await git.head(folder)).toEqual({ branch: 'feature/cart', commit })
    sh('pack-refs', '--all')
    expect(await git.head(folder)).toEqual({ branch: 'feature/cart', commit })
    sh('checkout', '-q', '--detach')
    expect(await git.head(folder)).toEqual({ branch: null, commit })
  })

  test('a linked worktree has a branch of its own', async () => {
    sh('init', '-q', '-b', 'main')
    sh('commit', '-q', '--allow-empty', '-m', 'one')
    const tree = path.join(folder, 'tree')
    sh('worktree', 'add', '-q', '-b', 'other', tree)
    expect(await git.head(tree)).toEqual({ branch: 'other', commit: sh('rev-parse', 'HEAD') })
  })

  test('the GitHub repository of origin, however it is written', async () => {
    sh('init', '-q')
    expect(await git.repository(folder)).toBeUndefined()
    sh('remote', 'add', 'origin', 'git@github.com:acme/shop.git')
    expect(await git.repository(folder)).toBe('acme/shop')
    sh('remote', 'set-url', 'origin', 'https://github.com/acme/shop')
    expect(await git.repository(folder)).toBe('acme/shop')
  })
})
