"""Sites that are scanned but not followed, relative to one healthy young adult.

The healthy person of ``model.healthy`` ages with the person who is compared; the young adult does not, so
that ageing shows as well as treatment. Each site is a share of trabecular bone and a rest of long-bone
cortex. Hip and femur have the trabeculae of the vertebra: the metaphysis stands for the fast-growing ends of
long bones, at radius and tibia, and the growth plate at the hip is the slow one of its bone.
"""

from typing import NamedTuple

from jax import Array
from jax.typing import ArrayLike

from brittlestar.bone.strength import Strength, vertebral_strength


class Sites(NamedTuple):
    """Parameters of ``sites.toml`` (cm, cm2)."""

    H_young: ArrayLike
    th_hip: ArrayLike
    th_neck: ArrayLike
    th_radius: ArrayLike
    thS_femur: ArrayLike
    thS_tibia: ArrayLike
    ls_area: ArrayLike


class Bones(NamedTuple):
    """What scans see of a skeleton, [patient], in units of its fields or relative to another skeleton."""

    H: Array
    """height, cm"""
    V: Array
    """trabecular bone volume fraction, vertebra"""
    M: Array
    """trabecular bone volume fraction, metaphysis"""
    W: Array
    """shell of the vertebra, mm"""
    wall: Array
    """long bone as it is projected, mm: (Rp^2 - Re^2)/Rp"""
    area: Array
    """long bone in cross-section, up to pi, mm2: Rp^2 - Re^2"""
    Z: Array
    """its section modulus, up to pi/4, mm3"""
    solid: Array
    """cortical bone without its pores, 1 - phi"""
    c: Array
    """mean mineral, trabecular"""
    cL: Array
    """mean mineral, cortical"""


def relative(one: Bones, other: Bones) -> Bones:
    """Field by field, one over the other."""
    return Bones(*(mine / its for mine, its in zip(one, other, strict=True)))


def areal_density(share: ArrayLike, bvtv: Array, y: Bones, eD: ArrayLike) -> Array:
    """s BV/TV c H^eD + (1 - s) wall (1 - phi) cL, each over the young adult's; ``share`` s is trabecular.

    A smaller bone reads less per area: by ``eD`` of :class:`brittlestar.bone.scanner.Scanner` where it is
    trabecular; the wall is in millimetres and needs no correction.
    """
    return share * bvtv * y.c * y.H**eD + (1.0 - share) * y.wall * y.solid * y.cL


def bone_mass(th: ArrayLike, y: Bones) -> Array:
    """Structure times mineral of the spine over the young adult's: [th BV/TV + (1 - th) W] c.

    What a spine scan weighs, without a reference that falls with age, and without size.
    """
    return (th * y.V + (1.0 - th) * y.W) * y.c


def projected_area(H: Array, p: Sites) -> Array:
    """L1 to L4 as a scan outlines them, cm2, by the square of height in cm."""
    return p.ls_area * (H / p.H_young) ** 2


def failure_load(share: ArrayLike, bvtv: Array, cortex: Array, y: Bones, p: Strength) -> Array:
    """s H^2 (BV/TV)^e_yV c^e_ash + (1 - s) cortex (1 - phi)^e_phi cL, each over the young adult's.

    What finite elements compute from a scan: they see structure and mineral, not the quality of the matrix.
    Loads grow as areas: H^2, or ``cortex`` as area in compression and Z/H in bending, the lever being H.
    """
    trabecular = y.H**2 * bvtv**p.e_yV * y.c**p.e_ash
    return share * trabecular + (1.0 - share) * cortex * y.solid**p.e_phi * y.cL


def vertebral_failure_load(y: Bones, p: Strength) -> Array:
    """The same of a vertebra: H^2 times its strength for its size, of faultless matrix."""
    return y.H**2 * vertebral_strength(1.0, y.V, y.W, y.c, p)
