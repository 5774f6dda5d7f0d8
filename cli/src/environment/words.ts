/**
 * The words of petnames: those of unique-names-generator 4.7.1 that have at most 8 letters and are left after a reading, word by word,
 * for what may offend, belongs to politics, religion, the body or sorrow, or reads like the state of an environment (live, broken).
 * The order decides which name a seed gives: adding, removing or moving a word renames environments that are still to come.
 */
export const adjectives: string[] = words(`
  able abstract abundant academic accurate active adorable advanced alert amazing amused ancient artistic awake aware balanced basic
  better big bold brainy brave breezy brief bright broad bumpy busy calm capable careful casual cautious central certain charming
  cheerful chilly chosen circular classic clean clear clever cloudy coastal coherent colorful colossal combined common compact complete
  complex concrete constant content cooing cool correct creative cuddly curious curly curved cute daily dear decent decisive deep
  definite delicate detailed digital direct distinct double dramatic dual dynamic eager early eastern easy elated electric elegant
  enormous entire everyday evident exact excited exciting extended extra fair familiar famous fancy fast fine firm fixed flexible fluffy
  flying fond formal forward free fresh friendly full fun funny future fuzzy generous gentle genuine giant gigantic glad gleaming
  glorious golden good graceful gradual grand grateful great growing happy helpful historic honest huge hushed icy ideal immense
  improved inland inner instant intact integral intense jolly joyous keen key kind known large leading level light likely linear liquid
  literary little lively logical long loud lovely loyal lucky magic magnetic mammoth marine massive maximum melodic mighty mild minimal
  misty mobile modern modest muddy multiple musical mutual narrow natural near nearby neat nice noble northern notable novel numerous
  obvious open organic original outdoor outer patient peaceful perfect plain planned pleasant pleased poised polite popular powerful
  precious precise prepared prime printed profound proper proud purring quaint quick quiet quixotic rainy rapid rare rational recent
  regular relaxed relevant reliable renewed resonant rich ripe rising robust rolling round rural sensible shaggy sharp shiny silent
  silky simple skilled sleepy small smart smiling smooth soft solar solid sound southern spare spatial specific spicy splendid sporting
  spotless square steady steep still stormy striking striped strong subtle suitable sunny super superb sure sweet swift symbolic tame
  thorough tiny tropical ultimate unique unusual upper urban useful usual valid valuable varied various vast vertical visible visual
  vivid vocal warm weekly welcome western whole wide wild willowy wily wise wispy witty worthy xenial zestful zesty zippy
`)

export const animals: string[] = words(`
  aardvark aardwolf alpaca anaconda ant anteater antelope antlion aphid badger barnacle basilisk bear bee beetle bison boa boar bobcat
  bobolink capybara caribou cat catshark cheetah chipmunk cicada clam cobra cod condor coral crane crayfish cricket deer dingo dinosaur
  dolphin dormouse dragon duck eagle echidna eel egret elephant elk emu ermine falcon ferret finch firefly flamingo fox frog gazelle
  gecko giraffe goldfish goose gopher grouse guan guanaco gull guppy haddock halibut hamster hare harrier hedgehog heron herring hornet
  horse hoverfly iguana impala jaguar jay kangaroo kite koala koi krill ladybug lark lemur leopard limpet lion lizard llama lobster
  lungfish lynx macaw mackerel magpie manatee marlin marmot marten mastodon meerkat mink minnow mole mollusk mongoose moose moth mouse
  muskox narwhal newt ocelot octopus opossum orca ostrich otter owl panda parakeet parrot peafowl pelican penguin pheasant pike pinniped
  platypus pony porpoise possum prawn puffin puma python quail quelea quokka rabbit raven reindeer rook rooster sailfish salmon sawfish
  scallop seahorse silkworm skink snail snipe sparrow squid squirrel starfish stingray stoat stork sturgeon swan takin tapir tarsier
  tern tiger tortoise toucan trout tuna turtle unicorn vicuna viper vole wallaby walrus warbler whippet wildcat wolf wombat wren yak
  zebra
`)

function words(list: string): string[] {
  return list.trim().split(/\s+/)
}
