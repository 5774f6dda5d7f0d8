/** An environment as its tags name it. */
export interface Owner {
  project: string
  environment: string
}

/** Something in the account that carries the tags of one environment, or hangs on something that does. */
export interface Thing {
  /** The Terraform type, `aws_lb`. */
  type: string
  /** What `terraform import` takes (provider hashicorp/aws 5.x and 6.x, section "Import" of each resource). */
  id: string
  name: string
  /** Under the names of the Terraform type; `Name` is the tag. */
  attributes: Record<string, string | number | null | undefined>
  /** Goes when what it hangs on goes; not counted as left over. */
  part?: true
  /** On its way out: left over as long as it is there, but nothing to adopt. */
  leaving?: true
}

export type Tags = Record<string, string>

const LIMIT = 8

/** The shapes in which the services give tags. */
export function tagsOf(list: readonly { Key?: string | undefined; Value?: string | undefined }[] | undefined): Tags {
  return Object.fromEntries((list ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? '']))
}

export function owns(owner: Owner, tags: Tags | undefined): boolean {
  return tags?.['devtool:project'] === owner.project && tags['devtool:environment'] === owner.environment
}

/** Whether a name is, or begins with, the environment's. One of `a-b` then looks like one of `a`: what counts is the tags. */
export function isNamed(owner: Owner, name: string): boolean {
  const base = `${owner.project}-${owner.environment}`
  return name === base || name.startsWith(`${base}-`)
}

/** Maps with at most eight calls under way, keeping the order. */
export async function mapFew<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = new Array(items.length)
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const index = next
      next += 1
      results[index] = await work(items[index] as T)
    }
  }
  await Promise.all(Array.from({ length: Math.min(LIMIT, items.length) }, worker))
  return results
}

export function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size))
}
