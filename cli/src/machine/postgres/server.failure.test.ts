import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { PostgresBinaries } from './binaries.ts'
import { alive, clusterTemplate, failureOf, ports, postgres17, query, workplace } from './testing.ts'

const { folder, start, stop, clean } = workplace()
const shared = workplace()
const copyOf = clusterTemplate(shared)
let binaries: PostgresBinaries
/** A folder with a cluster that was used before. */
const cluster = (): Promise<string> => copyOf(binaries, folder())

beforeAll(async () => {
  binaries = await postgres17()
}, 300_000)
afterEach(clean)
afterAll(shared.clean)

describe('what goes wrong is said', { timeout: 60_000 }, () => {
  test('data of another major version', async () => {
    const place = await cluster()
    const error = await failureOf(start({ folder: place }, { ...binaries, version: '16.3' }))
    expect(error.message).toBe(`the databases in ${place} were made by Postgres 17, and ${binaries.bin} is 16.3`)
    expect(error.hint).toContain(`Set the version of the blueprint's database to "17"`)
  })

  test('the password is gone', async () => {
    const place = await cluster()
    rmSync(path.join(place, 'password'))
    expect((await failureOf(start({ folder: place }, binaries))).message).toBe(`the password of the databases in ${place} is gone`)
  })

  test('a folder that holds something else is not touched', async () => {
    const place = path.join(folder(), 'shop')
    mkdirSync(path.join(place, 'data'), { recursive: true })
    writeFileSync(path.join(place, 'data', 'thesis.txt'), 'mine')
    const error = await failureOf(start({ folder: place }, binaries))
    expect(error.message).toBe(`could not use ${path.join(place, 'data')}: it holds something, but no databases`)
    expect(readFileSync(path.join(place, 'data', 'thesis.txt'), 'utf8')).toBe('mine')
  })

  test('a server that never answers, with what it said, and it is ended', async () => {
    const place = await cluster()
    const bin = folder()
    const pidFile = path.join(folder(0o777), 'pid')
    const script = `#!/bin/sh\ncase "$1" in --version) echo "postgres (PostgreSQL) 17.10"; exit;; esac\necho $$ > ${pidFile}\necho "redo in progress" >&2\nexec sleep 60\n`
    writeFileSync(path.join(bin, 'postgres'), script, { mode: 0o755 })
    const error = await failureOf(start({ folder: place }, { bin, version: '17.10' }, { startMs: 500 }))
    expect(error.message).toBe('could not start Postgres: it did not answer within 0.5 s\n  redo in progress')
    expect(await alive(Number(readFileSync(pidFile, 'utf8')))).toBe(false)
  })

  test('a damaged cluster', async () => {
    const place = await cluster()
    rmSync(path.join(place, 'data', 'global', 'pg_control'))
    const error = await failureOf(start({ folder: place }, binaries))
    expect(error.message).toMatch(/^could not start Postgres: its data is damaged\n {2}.*pg_control/s)
  })

  test.skipIf(process.getuid?.() !== 0 || process.platform !== 'linux')(
    'a full disk, when the cluster is made and when it is started',
    async () => {
      const disk = folder()
      const options = { cwd: '/', env: process.env, allowFailure: true }
      const mounted = await ports.run('mount', ['-t', 'tmpfs', '-o', 'size=90m,mode=755', 'none', disk], options)
      if (mounted.exitCode !== 0) return
      try {
        const place = path.join(disk, 'shop')
        const filler = path.join(disk, 'filler')
        await ports.run('sh', ['-c', `head -c 80M /dev/zero > ${filler}`], options)
        const making = await failureOf(start({ folder: place }, binaries))
        expect(making.message).toMatch(/^could not start Postgres: the disk is full\n/)
        expect(making.hint).toBe(`Make room on the disk that holds ${place}, then run it again.`)
        expect(readdirSync(place)).toEqual([])

        rmSync(filler)
        const server = await start({ folder: place }, binaries)
        await query(server, 'create table kept as select 1 as one')
        process.kill(server.pid, 'SIGKILL')
        await server.ended
        await ports.run('sh', ['-c', `cat /dev/zero > ${filler}`], options)
        expect((await failureOf(start({ folder: place }, binaries))).message).toContain('the disk is full')
        rmSync(filler)
        const again = await start({ folder: place }, binaries)
        expect(await query(again, 'select * from kept')).toEqual([{ one: 1 }])
      } finally {
        await stop()
        await ports.run('umount', ['-l', disk], options)
      }
    },
  )
})
