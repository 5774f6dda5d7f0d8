import { InvalidArgumentError, Option } from 'commander'

/** `--image <service=reference>`, as often as there are services. */
export function imageOption(): Option {
  return new Option('--image <service=reference>', 'what a service runs; may be given several times').argParser(
    (text: string, previous: Record<string, string> | undefined) => {
      const split = text.indexOf('=')
      if (split < 1 || split === text.length - 1)
        throw new InvalidArgumentError('it has the form service=reference, such as web=shop/web:1.4.2')
      return { ...previous, [text.slice(0, split)]: text.slice(split + 1) }
    },
  )
}
