import { describe, expect, it } from 'vitest'
import { inspectFile, jsonWithHeader, withHeader } from './header.ts'
import { merge } from './merge.ts'

const body = 'locals {\n  a = 1\n}\n'
const first = withHeader('preview', body)
const second = withHeader('preview', 'locals {\n  a = 2\n}\n')
const fresh = (content: string, path = 'main.tf') => [{ path, content }]
const none = { writes: [], keeps: [], conflicts: [] }
const strict = { overwrite: false }

describe('inspectFile', () => {
  it('knows a file as it was rendered', () => {
    expect(inspectFile(first)).toEqual({ generated: true, edited: false, digest: expect.stringMatching(/^[0-9a-f]{12}$/) })
  })

  it('does not call another line end an edit', () => {
    expect(inspectFile(first.replaceAll('\n', '\r\n')).edited).toBe(false)
  })

  it.each([first.replace('1', '2'), `${first}\n`, first.slice(0, -3), first.split('\n')[0] ?? ''])('sees an edit', (content) => {
    expect(inspectFile(content)).toMatchObject({ generated: true, edited: true })
  })

  it.each(['', 'resource "x" "y" {}\n', '{', '[]', '{"images": {}}'])('leaves %j to who wrote it', (content) => {
    expect(inspectFile(content)).toEqual({ generated: false, edited: false, digest: null })
  })

  it('reads the header of a JSON file, and sees an edit of a value but not of its layout', () => {
    const file = jsonWithHeader('preview', { images: { web: 'a' } })
    expect(inspectFile(file)).toMatchObject({ generated: true, edited: false })
    expect(inspectFile(JSON.stringify(JSON.parse(file)))).toMatchObject({ generated: true, edited: false })
    expect(inspectFile(file.replace('"a"', '"b"'))).toMatchObject({ generated: true, edited: true })
  })
})

describe('merge', () => {
  it('writes what is missing and what is untouched', () => {
    expect(merge(new Map(), fresh(first), strict)).toEqual({ ...none, writes: fresh(first) })
    expect(merge(new Map([['main.tf', first]]), fresh(second), strict)).toEqual({ ...none, writes: fresh(second) })
  })

  it('does nothing when nothing changed', () => {
    expect(merge(new Map([['main.tf', first]]), fresh(first), strict)).toEqual(none)
  })

  it('never speaks of files of other names', () => {
    expect(merge(new Map([['queue.tf', 'x']]), fresh(first), strict)).toEqual({ ...none, writes: fresh(first) })
  })

  it('keeps an edited file while its render stays the same, and stops when the render changed', () => {
    const edited = new Map([['main.tf', `${first}# mine\n`]])
    expect(merge(edited, fresh(first), strict)).toEqual({ ...none, keeps: ['main.tf'] })
    expect(merge(edited, fresh(second), strict).conflicts).toEqual([{ path: 'main.tf', reason: expect.stringContaining('edited by hand') }])
    expect(merge(edited, fresh(second), { overwrite: true })).toEqual({ ...none, writes: fresh(second) })
    expect(merge(edited, fresh(first), { overwrite: true })).toEqual({ ...none, writes: fresh(first) })
  })

  it('stops at a file of a generated name that somebody else wrote', () => {
    const found = merge(new Map([['main.tf', 'locals {}\n']]), fresh(first), strict)
    expect(found).toEqual({ ...none, conflicts: [{ path: 'main.tf', reason: expect.stringContaining('did not write it') }] })
  })

  it('writes data files, and leaves a lock file that init may have completed', () => {
    expect(merge(new Map([['environment.json', '{}']]), fresh('{"a":1}', 'environment.json'), strict).writes).toHaveLength(1)
    expect(merge(new Map([['.terraform.lock.hcl', 'a']]), fresh('b', '.terraform.lock.hcl'), strict)).toEqual(none)
    expect(merge(new Map([['.terraform.lock.hcl', 'a']]), fresh('b', '.terraform.lock.hcl'), { overwrite: true }).writes).toHaveLength(1)
  })
})
