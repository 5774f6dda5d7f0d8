import path from 'node:path'
import { hashDigits } from '../../environment/hash.ts'
import {
  type Admin,
  createDatabase,
  dropTemplate,
  listTemplates,
  makeTemplate,
  type Template,
  templateName,
} from '../../machine/postgres/databases.ts'
import type { Files } from '../../system/files.ts'
import type { Ports } from './ports.ts'
import type { LocalMigrations } from './spec.ts'

/** What migrations make of an empty database depends on; not the packages, which their lock file stands for. */
const SKIPPED = ['node_modules', '.git']

/** Digits that are the same for the same migrations and seed. */
export async function migrationsFingerprint(files: Files, migrations: LocalMigrations): Promise<string> {
  const names = await files.walk(migrations.folder, (folder) => SKIPPED.includes(folder))
  const parts = await Promise.all(
    names.map(
      async (name) => `${name}\0${Buffer.from((await files.readBytes(path.join(migrations.folder, name))) ?? []).toString('latin1')}`,
    ),
  )
  return hashDigits([migrations.start, migrations.seed ?? '', ...parts].join('\0'))
}

export async function findTemplate(admin: Admin, project: string, fingerprint: string): Promise<Template | undefined> {
  const wanted = templateName(project, fingerprint)
  return (await listTemplates(admin, project)).find(({ database }) => database === wanted)
}

/** The database, new or as it is; new and from a template that fits, it needs no migrations. */
export async function makeDatabase(
  admin: Admin,
  wanted: { database: string; role: string; password: string },
  template: Template | undefined,
): Promise<{ created: boolean; copied: boolean }> {
  if (template !== undefined) {
    try {
      const { created } = await createDatabase(admin, { ...wanted, template })
      return { created, copied: created }
    } catch {
      // a template is an optimisation: one that cannot be copied is made again by the migrations
      await dropTemplate(admin, { template: template.database })
    }
  }
  const { created } = await createDatabase(admin, wanted)
  return { created, copied: false }
}

/** The newest few are kept: a branch that is left is often come back to. */
const KEPT = 3

/** Keeps a copy of a database that was just migrated, for the next environment. An optimisation: if it cannot be made, nothing is lost. */
export async function keepTemplate(
  { output }: Pick<Ports, 'output'>,
  admin: Admin,
  project: string,
  fingerprint: string,
  from: { database: string; role: string },
): Promise<void> {
  try {
    await makeTemplate(admin, { template: templateName(project, fingerprint), from })
    const older = (await listTemplates(admin, project)).slice(0, -KEPT)
    for (const { database } of older) await dropTemplate(admin, { template: database })
  } catch (error) {
    output.warn(`the next environment will migrate its database itself: ${error instanceof Error ? error.message : String(error)}`)
  }
}
