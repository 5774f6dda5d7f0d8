import type { Files } from '../system/files.ts'
import type { Run } from '../system/run.ts'

/** An image in a registry, with what it takes to put another tag on it. */
export interface StoredImage {
  /** `sha256:` and 64 hex digits. */
  digest: string
  manifest: string
  mediaType: string | undefined
}

/** The registry that images go to. Tags are immutable: one that is taken stays where it is. */
export interface ImageRegistry {
  find(repository: string, tag: string): Promise<StoredImage | undefined>
  /** The digest that the tag names afterwards. */
  addTag(repository: string, image: StoredImage, tag: string): Promise<string>
  /** The tag with this beginning that was pushed last. */
  newest(repository: string, prefix: string): Promise<string | undefined>
  login(): Promise<Login>
}

export interface Login {
  /** Name of the registry's host, and its port if it has one. */
  host: string
  username: string
  password: string
}

/** The machine, as far as it is needed here. */
export interface Machine {
  files: Files
  run: Run
  /** The process's environment variables. */
  variables: Readonly<Record<string, string | undefined>>
  interrupt: AbortSignal
}

export type Architecture = 'amd64' | 'arm64'

/** A folder that becomes an image. */
export interface Build {
  /** Name of the service, or `migrations`. */
  name: string
  /** Where the blueprint says so, for messages: `services.api.build`. */
  key: string
  /** As in the blueprint, relative to the project. */
  folder: string
}
