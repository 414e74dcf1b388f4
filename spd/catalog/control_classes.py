"""This file is the 18 classes of the national list of high-value consumables under special control.

Source: domain facts B2.
"""

from __future__ import annotations

CONTROL_CLASSES: dict[str, tuple[str, str]] = {
    "bone-fixation": ("单/多部件金属骨固定器械及附件", "Metal bone fixation devices"),
    "guide-wire": ("导丝", "Guide wires"),
    "ossicle": ("耳内假体", "Ear implants"),
    "maxillofacial": ("颌面部赝复及修复重建材料及制品", "Maxillofacial reconstruction materials"),
    "spinal-fusion": ("脊柱椎体间固定置换系统", "Interbody fixation and replacement systems"),
    "haemostat": ("可吸收外科止血材料", "Absorbable surgical haemostats"),
    "hip": ("髋关节假体", "Hip prostheses"),
    "cranial": ("颅骨矫形器械", "Cranial orthopaedic devices"),
    "bone-shaver": ("刨骨器", "Bone shavers"),
    "balloon": ("球囊扩张导管", "Balloon dilatation catheters"),
    "bracket": ("托槽", "Orthodontic brackets"),
    "stapler": ("吻合器（带钉）", "Staplers with staples"),
    "stent": ("血管支架", "Vascular stents"),
    "penile": ("阴茎假体", "Penile prostheses"),
    "neurostimulator": ("植入式神经刺激器", "Implantable neurostimulators"),
    "defibrillator": ("植入式心律转复除颤器", "Implantable cardioverter defibrillators"),
    "drug-pump": ("植入式药物输注设备", "Implantable drug infusion devices"),
    "vertebroplasty": ("椎体成形导引系统", "Vertebroplasty guide systems"),
}
"""Our key for each class, and what it is called in zh and en."""
