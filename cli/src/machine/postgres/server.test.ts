import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { PostgresBinaries } from './binaries.ts'
import { startPostgres } from './server.ts'
import { alive, clusterTemplate, connect, failureOf, ports, postgres17, query, workplace } from './testing.ts'

const root = process.getuid?.() === 0
const linux = process.platform === 'linux'
const { folder, start, clean } = workplace()
const shared = workplace()
const copyOf = clusterTemplate(shared)
let binaries: PostgresBinaries
/** A folder with a cluster that was used before. */
const cluster = (above = folder()): Promise<string> => copyOf(binaries, above)

beforeAll(async () => {
  binaries = await postgres17()
}, 300_000)
afterEach(clean)
afterAll(shared.clean)

const uidOf = (pid: number): string | undefined => /^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
describe('a server', { timeout: 60_000 }, () => {
  test('is made, answers on loopback with its password only, and leaves nothing when it is stopped', async () => {
    const place = path.join(folder(), 'shop')
    const server = await start({ folder: place }, binaries)
    expect(await query(server, 'select current_user as name, inet_server_addr() as address')).toEqual([
      { name: 'postgres', address: '127.0.0.1' },
    ])
    const [settings] = await query(
      server,
      `select current_setting('fsync') as fsync, current_setting('listen_addresses') as listen, current_setting('unix_socket_directories') as socket,
        current_setting('timezone') as timezone, current_setting('max_connections') as connections,
        (select rolpassword like 'SCRAM-SHA-256$%' from pg_authid where rolname = 'postgres') as scram,
        array(select x from unnest(array['b', 'A', 'a', 'B', 'é', 'f']) x order by x) as sorted, upper('é') as upper`,
    )
    expect(settings).toEqual({
      ...{ fsync: 'on', listen: '127.0.0.1', socket: '', timezone: 'UTC', connections: '100', scram: true },
      ...{ sorted: ['a', 'A', 'b', 'B', 'é', 'f'], upper: 'É' },
    })
    await expect(query(server, 'select 1', { password: 'wrong-password' })).rejects.toMatchObject({ code: '28P01' })
    expect(statSync(path.join(place, 'password')).mode & 0o777).toBe(0o600)
    expect(statSync(path.join(place, 'data')).mode & 0o777).toBe(0o700)
    expect(readFileSync(path.join(place, 'password'), 'utf8')).toBe(server.password)
    expect(readFileSync(path.join(place, 'server.log'), 'utf8')).toMatch(/Z \[\d+\] LOG: {2}database system is ready to accept connections/)
    expect(server.lastLines(1)[0]).toMatch(/password authentication failed|role "postgres"|Connection matched/)
    expect(readdirSync(place).sort()).toEqual(['data', 'password', 'pg_hba.conf', 'server.log'])

    const ended = server.ended
    await server.stop()
    await server.stop()
    expect(await ended).toEqual({ code: 0, signal: null })
    expect(await alive(server.pid)).toBe(false)
    expect(existsSync(path.join(place, 'data', 'postmaster.pid'))).toBe(false)
  })

  test('keeps rows, password and port when it is started again', async () => {
    const place = await cluster()
    const first = await start({ folder: place }, binaries)
    await query(first, 'create table kept as select 1 as one')
    await first.stop()
    const second = await start({ folder: place, port: first.port }, binaries)
    expect([second.port, second.password]).toEqual([first.port, first.password])
    expect(await query(second, 'select * from kept')).toEqual([{ one: 1 }])
  })

  test('takes another port when the one it had is taken', async () => {
    const occupant = createServer().listen(0, '127.0.0.1')
    await once(occupant, 'listening')
    const { port } = occupant.address() as { port: number }
    const server = await start({ folder: await cluster(), port }, binaries)
    expect(server.port).not.toBe(port)
    expect(await query(server, 'select 1 as one')).toEqual([{ one: 1 }])
    occupant.close()
  })

  test('with a certificate takes encrypted connections only', async () => {
    const place = folder()
    const [certificate, key] = [path.join(place, 'leaf.crt'), path.join(place, 'leaf.key')]
    const subject = ['-subj', '/CN=localhost', '-days', '2', '-keyout', key, '-out', certificate]
    await ports.run('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...subject], { cwd: place, env: process.env })
    const server = await start({ folder: await cluster(place), tls: { certificate, key } }, binaries)
    const ssl = { ca: readFileSync(certificate, 'utf8'), servername: 'localhost' }
    expect(await query(server, 'select ssl from pg_stat_ssl where pid = pg_backend_pid()', { ssl })).toEqual([{ ssl: true }])
    await expect(query(server, 'select 1')).rejects.toThrow(/no encryption/)
  })
})

describe('what an earlier owner left', { timeout: 60_000 }, () => {
  test('a server that still runs is ended', async () => {
    const place = await cluster()
    const left = await start({ folder: place }, binaries)
    const session = await connect(left)
    const server = await start({ folder: place, port: left.port }, binaries)
    expect(await alive(left.pid)).toBe(false)
    expect(server.port).toBe(left.port)
    await session.end().catch(() => {})
  })

  test('kill -9 of the server with sessions that do not notice: the next start keeps what was committed, and only that', async () => {
    const place = await cluster()
    const first = await start({ folder: place }, binaries)
    await query(first, 'create table rows (n int)')
    const writer = await connect(first)
    await writer.query('insert into rows select generate_series(1, 1000)')
    await writer.query('begin')
    await writer.query('insert into rows select generate_series(1, 1000)')
    const busy = await connect(first)
    const loop = busy.query('do $$ begin loop perform 1; end loop; end $$').catch(() => {})
    const [session] = await query(first, "select pid from pg_stat_activity where query like 'do %'")
    process.kill(first.pid, 'SIGKILL')
    expect(await first.ended).toEqual({ code: null, signal: 'SIGKILL' })
    expect(await alive(Number(session?.['pid']))).toBe(true)

    const second = await start({ folder: place, port: first.port }, binaries)
    expect(await query(second, 'select count(*)::int as n from rows')).toEqual([{ n: 1000 }])
    // it is ended, and gone when whoever is its parent now has looked
    await expect.poll(() => alive(Number(session?.['pid']))).toBe(false)
    await loop
    for (const client of [writer, busy]) await client.end().catch(() => {})
  })

  test('a process that got the number of a server that ended is left alone', async () => {
    const place = await cluster()
    const first = await start({ folder: place }, binaries)
    const file = path.join(place, 'data', 'postmaster.pid')
    const [, ...rest] = readFileSync(file, 'utf8').split('\n')
    await first.stop()
    const bystander = spawn('sleep', ['60'], { stdio: 'ignore' })
    writeFileSync(file, [bystander.pid, ...rest].join('\n'), { mode: 0o600 })
    const second = await start({ folder: place }, binaries)
    expect(await query(second, 'select 1 as one')).toEqual([{ one: 1 }])
    expect(bystander.exitCode).toBeNull()
    expect(bystander.signalCode).toBeNull()
    bystander.kill()
  })

  test('a cluster that was half made is made anew', async () => {
    const place = path.join(folder(), 'shop')
    mkdirSync(path.join(place, 'data.new'), { recursive: true })
    writeFileSync(path.join(place, 'data.new', 'PG_VERSION'), '17\n')
    writeFileSync(path.join(place, 'password'), 'of the half-made one')
    const server = await start({ folder: place }, binaries)
    expect(await query(server, 'select 1 as one')).toEqual([{ one: 1 }])
    expect(existsSync(path.join(place, 'data.new'))).toBe(false)
  })
})

describe.skipIf(!root || !linux)('as root', { timeout: 60_000 }, () => {
  test('it runs as an account without rights where that account gets in, and its data is closed', async () => {
    const place = await cluster()
    const server = await start({ folder: place }, { ...binaries, bin: await openCopy() })
    expect(uidOf(server.pid)).not.toBe('0')
    expect(statSync(path.join(place, 'data')).uid).toBe(Number(uidOf(server.pid)))
    expect(statSync(path.join(place, 'password')).uid).toBe(0)
  })

  test("below a closed folder it keeps root's access to the files, in a user namespace, and takes over what it made before", async () => {
    const above = folder()
    const place = await cluster(above)
    const bin = await openCopy()
    const first = await start({ folder: place }, { ...binaries, bin })
    await query(first, 'create table kept as select 1 as one')
    await first.stop()

    chmodSync(above, 0o700)
    const second = await start({ folder: place }, { ...binaries, bin })
    expect(statSync(path.join(place, 'data')).uid).toBe(0)
    expect(uidOf(second.pid)).toBe('0')
    expect(await query(second, 'select * from kept')).toEqual([{ one: 1 }])
    process.kill(second.pid, 'SIGKILL')
    await second.ended

    chmodSync(above, 0o755)
    const third = await start({ folder: place }, { ...binaries, bin })
    expect(uidOf(third.pid)).not.toBe('0')
    expect(await query(third, 'select * from kept')).toEqual([{ one: 1 }])
  })

  test('where neither works it says what to set', async () => {
    const above = folder(0o700)
    const without: typeof ports.spawn = (command, args, options) =>
      ports.spawn(command === 'unshare' ? '/nowhere/unshare' : command, args, options)
    const error = await failureOf(startPostgres({ ...ports, spawn: without }, { folder: path.join(above, 'shop'), port: null }, binaries))
    expect(error.message).toMatch(
      /^could not start Postgres: it refuses to run as root, \w+ cannot use root's folders \(.*(Permission denied|can't cd)/,
    )
    expect(error.message).toContain('there are no user namespaces')
    expect(error.hint).toContain('Set XDG_STATE_HOME and XDG_CACHE_HOME to folders that others can enter')
  })

  /** The programs where every account can run them, wherever the repository is. */
  async function openCopy(): Promise<string> {
    const copy = folder()
    await ports.run('cp', ['-a', path.dirname(binaries.bin), path.join(copy, 'server')], { cwd: '/', env: process.env })
    return path.join(copy, 'server', 'bin')
  }
})
