"""This file is the 18 classes of high-value consumables that the national list controls (重点治理清单)."""

from __future__ import annotations

CONTROL_CLASSES: dict[str, tuple[str, str]] = {
    "bone_fixation": ("单/多部件金属骨固定器械及附件", "metal bone fixation devices and accessories"),
    "guide_wire": ("导丝", "guide wires"),
    "ear_prosthesis": ("耳内假体", "ear prostheses"),
    "maxillofacial": ("颌面部赝复及修复重建材料及制品", "maxillofacial prosthetic and reconstruction materials"),
    "spinal_fixation": ("脊柱椎体间固定置换系统", "intervertebral fixation and replacement systems"),
    "absorbable_haemostat": ("可吸收外科止血材料", "absorbable surgical haemostats"),
    "hip_prosthesis": ("髋关节假体", "hip prostheses"),
    "cranial_orthosis": ("颅骨矫形器械", "cranial orthopaedic devices"),
    "bone_shaver": ("刨骨器", "bone shavers"),
    "balloon_catheter": ("球囊扩张导管", "balloon dilatation catheters"),
    "bracket": ("托槽", "orthodontic brackets"),
    "stapler": ("吻合器（带钉）", "staplers with staples"),
    "vascular_stent": ("血管支架", "vascular stents"),
    "penile_prosthesis": ("阴茎假体", "penile prostheses"),
    "neurostimulator": ("植入式神经刺激器", "implantable neurostimulators"),
    "cardioverter": ("植入式心律转复除颤器", "implantable cardioverter defibrillators"),
    "infusion_pump": ("植入式药物输注设备", "implantable infusion devices"),
    "vertebroplasty": ("椎体成形导引系统", "vertebroplasty guiding systems"),
}
"""Key to its name in zh and en."""


def find_control_class(text: str) -> str | None:
    """The key of the class that a key or a name in either language means, or None."""
    said = _plain(text)
    return next((key for key, names in CONTROL_CLASSES.items() if said in (key, *map(_plain, names))), None)


def _plain(text: str) -> str:
    return "".join(text.lower().replace("(", "（").replace(")", "）").split())
