"""Pictures of faces."""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp

from facegen_jax.data.synthface import (
  backdrop,
  curves,
  eyes,
  hair,
  pose,
  relief,
  shade,
  skin,
)
from facegen_jax.data.synthface import (
  head as head_lib,
)
from facegen_jax.data.synthface import (
  mouth as mouth_lib,
)
from facegen_jax.data.synthface.identity import Identity
from facegen_jax.data.synthface.scene import Scene

_CHUNK = 16  # pictures rendered at once: their planes stay in the cache


class Forms(NamedTuple):
  """All that is computed once a picture and not once a pixel."""

  view: pose.View
  pixel: jax.Array
  head: head_lib.Head
  bumps: list[relief.Bump]
  fine: list[relief.Bump]
  eye: curves.Eye
  brow: curves.Brow
  mouth: curves.Mouth


def _forms(
  identity: Identity, aus: jax.Array, scene: Scene, size: int
) -> Forms:
  mouth = curves.mouth_of(identity, aus)
  forms = Forms(
    view=pose.view_of(scene),
    pixel=pose.pixel_size(scene, size),
    head=head_lib.head_of(identity, aus),
    bumps=relief.parallax_bumps(identity, aus),
    fine=relief.fine_bumps(identity, aus, mouth),
    eye=curves.eye_of(identity, aus, scene.blink),
    brow=curves.brow_of(identity, aus),
    mouth=mouth,
  )
  return jax.tree.map(jnp.asarray, forms)


@partial(jax.jit, static_argnames='size')
def render(
  identity: Identity, aus: jax.Array, scene: Scene, size: int
) -> jax.Array:
  """One face, `h w 3` float32 in [-1, 1].

  Args:
    identity: who.
    aus: `(12,)` intensities in [0, 1], order of `vocabulary.AUS`.
    scene: where.
    size: pixels a side; edges stay one pixel wide at any size.
  """
  return _paint(identity, aus, scene, _forms(identity, aus, scene, size), size)


def _paint(
  identity: Identity, aus: jax.Array, scene: Scene, forms: Forms, size: int
) -> jax.Array:
  # Channels first: the last axis is then long enough for vector units.
  identity, scene = _planes(identity), _planes(scene)
  row, column = jnp.mgrid[0:size, 0:size].astype(jnp.float32)
  view, pixel, head = forms.view, forms.pixel, forms.head
  x, y = pose.plane(scene, view, column, row, size)
  surface = _hold(pose.trace(head, forms.bumps, view, x, y))
  picture = backdrop.wall(scene, column, row, size)
  at = (identity, scene, view)
  picture = hair.behind(picture, *at, x, y, pixel)
  picture = backdrop.body(picture, *at, head, x, y, pixel)
  picture = backdrop.ears(picture, *at, x, y, pixel)
  picture = hair.locks(picture, *at, x, y, pixel)
  face = _face(identity, aus, scene, forms, surface)
  picture = shade.blend(picture, face, shade.cover(surface.inside, 1.2 * pixel))
  picture = hair.cap(picture, identity, scene, head, surface, pixel)
  return jnp.moveaxis(_develop(picture), 0, -1)


# Stages that several others read: computed once, not again in each of them.
_hold = jax.lax.optimization_barrier


def _planes(x: NamedTuple) -> NamedTuple:
  """Colours `3` become `3 1 1`."""
  colours = {'skin', 'lips', 'hair', 'iris', 'light_colour', 'backdrop_top'}
  colours |= {'backdrop_bottom', 'cloth'}
  # In the fields' order: a set's would change the program in each process.
  present = [k for k in x._fields if k in colours]
  wide = {k: getattr(x, k)[:, None, None] for k in present}
  return x._replace(**wide)


def _face(
  identity: Identity,
  aus: jax.Array,
  scene: Scene,
  forms: Forms,
  s: pose.Surface,
) -> jax.Array:
  """The lit face, as if it filled the picture."""
  a, v, pixel = jnp.abs(s.u), s.v, forms.pixel
  eye, mouth, view = forms.eye, forms.mouth, forms.view
  slope_a, slope_v = _hold(relief.slopes_of(forms.bumps + forms.fine, a, v))
  normal = shade.carve(
    shade.base_normal(forms.head, s), slope_a * jnp.sign(s.u), slope_v
  )
  normal = _hold(shade.to_camera(normal, view))
  light, shine = _hold(shade.lit(normal, scene, view, 1.0))
  lips = mouth_lib.lip_mask(mouth, a, v)
  colour = skin.albedo(identity, aus, s, a)
  colour = shade.blend(
    colour, mouth_lib.lip_colour(identity, mouth, a, s.u, v), lips
  )
  mask = skin.brow_mask(identity, forms.brow, a, v, pixel)
  colour = shade.blend(colour, 0.55 * identity.hair, mask)
  reach = skin.occlusion(identity, aus, a, v, eye, mouth)
  reach = _hold(reach * (1 - skin.wrinkles(identity, aus, a, v)))
  gloss = (0.10 + 0.08 * lips) * shine * (1 - mask)
  face = colour * light * reach + gloss
  face = mouth_lib.inside(face, mouth, a, v, light, pixel)
  return eyes.paint(face, identity, scene, eye, s.u, v, light, pixel)


def _develop(linear: jax.Array) -> jax.Array:
  """Light to display values in [-1, 1], highlights rolled off."""
  linear = jnp.maximum(linear, 1e-5)
  linear = linear * (1 + 0.12 * linear) / (1 + 0.30 * linear)
  return jnp.clip(2 * jnp.sqrt(linear) - 1, -1.0, 1.0)


@partial(jax.jit, static_argnames='size')
def render_batch(
  identities: Identity, aus: jax.Array, scenes: Scene, size: int
) -> jax.Array:
  """Many faces, `b h w 3`; every leaf has a leading axis b."""
  count = len(aus)
  chunk = min(_CHUNK, count)
  rest = -count % chunk

  def fold(x: jax.Array) -> jax.Array:
    last = jnp.broadcast_to(x[-1:], (rest, *x.shape[1:]))
    return jnp.concatenate([x, last]).reshape(-1, chunk, *x.shape[1:])

  # The forms are made before the loop: inside, the compiler would repeat
  # their sines and cosines for every pixel.
  faces = (identities, aus, scenes)
  forms = jax.vmap(partial(_forms, size=size))(*faces)
  chunks = jax.tree.map(fold, (*faces, forms))
  many = jax.vmap(partial(_paint, size=size))
  pictures = jax.lax.map(lambda x: many(*x), chunks)
  return pictures.reshape(-1, size, size, 3)[:count]
