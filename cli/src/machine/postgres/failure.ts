import { ToolError, type UserError } from '../../errors.ts'

interface Meaning {
  says: RegExp
  reason: string
  hint?: string
}

/** What a line of Postgres means to who has to mend it. The first that fits is told. */
const MEANINGS: readonly Meaning[] = [
  {
    says: /pre-existing shared memory block/,
    reason: 'processes of the server that ran before still use its data',
    hint: 'End them (ps -ef | grep "postgres: devtool"), then run it again.',
  },
  {
    says: /could not (create|map|resize|open).*shared memory|could not create semaphores/,
    reason: 'there is not enough shared memory',
    hint: 'End what uses it; in a container give it more, with --shm-size=256m.',
  },
  { says: /No space left on device/, reason: 'the disk is full', hint: 'Make room on the disk that holds <folder>, then run it again.' },
  {
    says: /[Dd]isk quota exceeded/,
    reason: 'the disk quota is used up',
    hint: 'Make room on the disk that holds <folder>, then run it again.',
  },
  {
    says: /Read-only file system/,
    reason: 'the file system is read-only',
    hint: 'Set XDG_STATE_HOME to a folder that can be written to, then run it again.',
  },
  {
    says: /has wrong ownership|must be started by the user that owns/,
    reason: 'its data belongs to another user',
    hint: 'Run it as the user that made <folder>, or give the folder to yourself: chown -R "$(id -u)" <folder>',
  },
  {
    says: /has invalid permissions|has group or world access/,
    reason: 'others can read its data',
    hint: 'Close it: chmod 700 <folder>/data',
  },
  {
    says: /Permission denied|Operation not permitted/,
    reason: 'permission denied',
    hint: 'The user that runs it has to be able to read and write all of <folder>.',
  },
  {
    says: /Exec format error|Bad CPU type|cannot execute binary|spawn ENOEXEC|error -86\b/,
    reason: 'the programs are made for another kind of processor',
    hint: 'Set DEVTOOL_POSTGRES_BIN to the folder of initdb of a Postgres for this machine.',
  },
  {
    says: /Address already in use|could not create any TCP\/IP sockets/,
    reason: 'its port is taken',
    hint: 'End what listens there, then run it again.',
  },
  {
    says: /database files are incompatible with server/,
    reason: 'its data was made by a Postgres that was built otherwise',
    hint: 'Destroy the local environments with the Postgres that made them, or remove <folder>: the databases in it are lost then.',
  },
  {
    says: /could not locate a valid checkpoint record|could not find the database system|invalid checkpoint|could not read file ".*pg_control"|PANIC:/,
    reason: 'its data is damaged',
    hint: 'Remove <folder>, then apply the environments anew: the databases in it are lost.',
  },
]

const SHOWN = 10

/** Turns what a program of Postgres printed into an error with words: the reason, the last lines, what to do. */
export function failure(folder: string, lines: readonly string[], otherwise: string): UserError {
  const meaning = MEANINGS.find(({ says }) => lines.some((line) => says.test(line)))
  const text = [`could not start Postgres: ${meaning?.reason ?? otherwise}`, ...lines.slice(-SHOWN).map((line) => `  ${line}`)].join('\n')
  return new ToolError(text, meaning?.hint === undefined ? {} : { hint: meaning.hint.replaceAll('<folder>', folder) })
}
