import path from 'node:path'
import { databaseName } from '../../environment/names.ts'
import { databaseExists, dropDatabase } from '../../machine/postgres/databases.ts'
import { endMarked } from '../../machine/process.ts'
import { createFolderStore, purgeFolderStore } from '../../registry/folder-store.ts'
import { createRegistry } from '../../registry/registry.ts'
import type { Leftover } from '../target.ts'
import { findSupervisor, startSupervisor } from './client.ts'
import type { Ports } from './ports.ts'

const GRACE_MS = 5_000

/** Ends its processes, drops its database, removes its files; then looks for each of them. */
export async function destroyLocal(ports: Ports, { name, project }: { name: string; project: string }): Promise<Leftover[]> {
  const { files, place, output, processes } = ports
  const hasCluster = (await files.list(place.cluster(project))).length > 0
  const hasSpec = await files.exists(place.spec(name))
  const database = databaseName(project, name)
  const leftovers: Leftover[] = []
  // a cluster whose supervisor was killed has to run for its database to be dropped
  const supervisor = hasSpec || hasCluster ? await startSupervisor(ports) : undefined
  await output.step(`stopping ${name}`, async () => {
    await supervisor?.remove(name)
    await endMarked(ports, place.mark(name), GRACE_MS)
  })
  if (supervisor !== undefined && hasCluster) {
    await output.step(`dropping database ${database}`, async () => {
      const cluster = await supervisor.ensureCluster(project)
      await dropDatabase(cluster, { database, role: database })
      if (await databaseExists(cluster, database)) leftovers.push({ type: 'database', id: database })
    })
  }
  await files.remove(place.logs(name))
  for (const { pid } of await processes.withVariable('DEVTOOL_RUN', place.mark(name))) leftovers.push({ type: 'process', id: String(pid) })
  for (const file of [place.spec(name), place.logs(name)]) if (await files.exists(file)) leftovers.push({ type: 'file', id: file })
  return leftovers
}

/** What the last environment of a project, and the last of this machine, shared with others that are gone. */
export async function closeLocal(ports: Ports): Promise<void> {
  const left = await projectsLeft(ports)
  const supervisor = await findSupervisor(ports)
  const { files, place, output } = ports
  const clusters = (await files.list(place.clusters)).map((folder) => folder.replace(/\/$/, ''))
  for (const project of clusters.filter((candidate) => !left.has(candidate))) {
    if (supervisor === undefined) await files.remove(place.cluster(project))
    else await output.step(`removing Postgres of ${project}`, () => supervisor.removeCluster(project))
  }
  if (left.size > 0) return
  await supervisor?.stop()
  await tidy(ports)
}

async function projectsLeft({ place, files, clock, random }: Pick<Ports, 'place' | 'files' | 'clock' | 'random'>): Promise<Set<string>> {
  const store = createFolderStore(place.registry, { files, clock })
  const records = await createRegistry({ store, clock, random }).list(() => undefined)
  return new Set(records.map(({ project }) => project))
}

/** Removes what is of no use without an environment. Whatever another command makes at this very moment stays. */
export async function tidy(ports: Pick<Ports, 'place' | 'files' | 'clock' | 'random'>): Promise<void> {
  const { place, files, clock } = ports
  if ((await projectsLeft(ports)).size > 0) return
  const store = createFolderStore(place.registry, { files, clock })
  for (const key of await store.list('registry/destroyed/')) await store.remove(key)
  await purgeFolderStore(place.registry, { files })
  for (const file of [place.log, `${place.log}.1`, place.port]) await files.remove(file)
  for (const folder of [place.environments, place.clusters, place.logs(''), place.folder, path.dirname(place.folder)])
    await files.removeEmpty(folder)
}
