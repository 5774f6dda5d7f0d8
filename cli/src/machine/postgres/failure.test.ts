import { expect, test } from 'vitest'
import { failure } from './failure.ts'

test.each([
  ['FATAL:  could not write lock file "postmaster.pid": No space left on device', 'the disk is full'],
  [
    'FATAL:  could not resize shared memory segment "/PostgreSQL.1" to 1 bytes: No space left on device',
    'there is not enough shared memory',
  ],
  ['FATAL:  could not map anonymous shared memory: Cannot allocate memory', 'there is not enough shared memory'],
  ['FATAL:  could not create semaphores: No space left on device', 'there is not enough shared memory'],
  ['FATAL:  data directory "/x/data" has wrong ownership', 'its data belongs to another user'],
  ['HINT:  The server must be started by the user that owns the data directory.', 'its data belongs to another user'],
  ['FATAL:  data directory "/x/data" has invalid permissions', 'others can read its data'],
  ['FATAL:  private key file "/x/server.key" has group or world access', 'others can read its data'],
  ['initdb: error: could not access directory "/x": Permission denied', 'permission denied'],
  ['could not run /x/bin/postgres: spawn ENOEXEC', 'the programs are made for another kind of processor'],
  ['sh: 1: exec: /x/bin/postgres: Exec format error', 'the programs are made for another kind of processor'],
  ['sh: /x/bin/postgres: Bad CPU type in executable', 'the programs are made for another kind of processor'],
  ['LOG:  could not bind IPv4 address "127.0.0.1": Address already in use', 'its port is taken'],
  ['FATAL:  pre-existing shared memory block (key 1, ID 2) is still in use', 'processes of the server that ran before still use its data'],
  ['FATAL:  database files are incompatible with server', 'its data was made by a Postgres that was built otherwise'],
  ['PANIC:  could not locate a valid checkpoint record', 'its data is damaged'],
  ['FATAL:  could not create lock file "postmaster.pid": Read-only file system', 'the file system is read-only'],
  ['FATAL:  something that nobody knows', 'it ended with exit code 1'],
])('%s', (line, reason) => {
  const error = failure('/x', ['first', line, 'last'], 'it ended with exit code 1')
  expect(error.message).toBe(`could not start Postgres: ${reason}\n  first\n  ${line}\n  last`)
  expect(error.hint ?? '').not.toContain('<folder>')
})

test('shows the last ten lines', () => {
  const lines = Array.from({ length: 30 }, (_, index) => `line ${index}`)
  expect(failure('/x', lines, 'no').message.split('\n')).toEqual([
    'could not start Postgres: no',
    ...lines.slice(-10).map((line) => `  ${line}`),
  ])
})
