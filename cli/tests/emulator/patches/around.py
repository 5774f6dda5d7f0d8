"""The one way in which the patches change moto."""

import functools


def around(owner, name):
    """Replaces `owner.name` by the decorated function, which receives the original as its first argument."""

    def decorate(replacement):
        original = getattr(owner, name)

        @functools.wraps(original)
        def method(self, *args, **kwargs):
            return replacement(original, self, *args, **kwargs)

        setattr(owner, name, method)
        return replacement

    return decorate
