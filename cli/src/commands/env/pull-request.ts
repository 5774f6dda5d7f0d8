import { InvalidArgumentError } from 'commander'

export function pullRequestNumber(text: string): number {
  if (!/^[1-9]\d{0,9}$/.test(text)) throw new InvalidArgumentError('it is the number of a pull request, such as 42')
  return Number(text)
}
