"""Kinds of models that do something else than to sort pictures into classes, and classifiers of other programs."""

from mtgui.auditing.architectures.name_patterns import KindOfFile, are, has, mostly

_NEXT = "choose a model that sorts pictures into classes"
_MAKES_PICTURES = (
    "of what makes pictures, mtgui reads LoRAs and whole models of Stable Diffusion 1.x, 2.x and XL, and models that "
    f"work on pixels: choose one of these, or {_NEXT.removeprefix('choose ')}"
)
_WHOLE_MODEL = "choose the whole model that it belongs to, as one file or as a folder"
_LORA = r"lora_(?:[AB]|up|down|magnitude_vector|embedding_[AB])\b|_lora\.(?:up|down)\.|lora_linear_layer\.|dora_scale"
_MERGE = (
    "merge it into the model that it changes (in peft: merge_and_unload, then save the whole model), and audit the "
    "result if that classifies pictures; a LoRA alone cannot be audited"
)
_DIFFUSION = (
    r"^(?:lora_|lycoris_)(?:unet|te\d?|transformer|prior)_|^(?:unet|text_encoder(?:_2)?|diffusion_model)\."
    r"|down_blocks|transformer_blocks|double_blocks|attn[12]\.(?:processor|to_)"
)
_FOR_PICTURES = "a change to a model that makes pictures, and no model by itself"
_DETECTOR, _SEGMENTER = "a detector, which finds things in pictures", "a segmentation model, which finds regions"

MAKING_PICTURES = (
    KindOfFile(
        f"a DoRA, {_FOR_PICTURES}: beside directions it changes lengths of weights, which mtgui does not merge",
        "choose a LoRA",
        mostly(r"dora_scale|lora_magnitude_vector", _DIFFUSION),
    ),
    KindOfFile(f"a LoRA, {_FOR_PICTURES}", _MAKES_PICTURES, mostly(_LORA, _DIFFUSION)),
    KindOfFile("a LoRA, a change to another model: it holds no whole classifier", _MERGE, mostly(_LORA)),
    KindOfFile(f"a LoHa, {_FOR_PICTURES}", _MAKES_PICTURES, mostly(r"hada_[wt]\d")),
    KindOfFile(f"a LoKr, {_FOR_PICTURES}", _MAKES_PICTURES, mostly(r"lokr_[wt]\d")),
    KindOfFile(
        "a textual inversion: a new word for a model that makes pictures, and no model by itself",
        _MAKES_PICTURES,
        are(r"emb_params", r"<[^<>]+>", r"\*", r"clip_[gl]"),
    ),
    KindOfFile(
        f"a ControlNet, {_FOR_PICTURES}",
        _MAKES_PICTURES,
        has(r"controlnet_(?:cond_embedding|down_blocks|mid_block|blocks)\.|control_model\.|input_hint_block\."),
    ),
    KindOfFile(f"an IP-Adapter, {_FOR_PICTURES}", _MAKES_PICTURES, has(r"ip_adapter\.", r"image_proj\.")),
    KindOfFile("Stable Diffusion 3 or a part of it", _MAKES_PICTURES, has(r"joint_blocks\.")),
    KindOfFile(
        "Flux or a model of its kind", _MAKES_PICTURES, has(r"double_blocks\.", r"single_blocks\.", r"img_in\.")
    ),
    KindOfFile(
        "a model that makes videos, such as Wan",
        _MAKES_PICTURES,
        has(r"patch_embedding\.", r"text_embedding\.|condition_embedder\.", r"(?:blocks\.\d+\.)(?:cross_attn|attn2)\."),
    ),
    KindOfFile("a whole diffusion model", _MAKES_PICTURES, has(r"diffusion_model\.", r"first_stage_model\.")),
    KindOfFile(
        "the UNet of a diffusion model", _WHOLE_MODEL, has(r"down_blocks\.", r"up_blocks\.", r"time_embedding\.")
    ),
    KindOfFile(
        "the UNet of a diffusion model", _WHOLE_MODEL, has(r"input_blocks\.", r"output_blocks\.", r"time_embed\.")
    ),
    KindOfFile(
        "the transformer of a diffusion model",
        _MAKES_PICTURES,
        has(
            r"transformer_blocks\.|joint_blocks\.|double_blocks\.|single_blocks\.",
            r"time_text_embed\.|time_in\.|t_embedder\.|adaln_single\.|time_embed\.|condition_embedder\.",
        ),
    ),
    KindOfFile(
        "a VAE, which packs and unpacks pictures, as in diffusion models",
        _WHOLE_MODEL,
        has(r"encoder\.(?:down_blocks|down)\.", r"decoder\.(?:up_blocks|up)\."),
    ),
    KindOfFile(
        "a VAE, which packs and unpacks pictures",
        _MAKES_PICTURES,
        has(r"(?:fc_?mu|fc_?var|fc_?logvar|mu_layer|logvar_layer|quantize\.embedding|_vq_vae)(?:\.|$)"),
    ),
    KindOfFile(
        "a GAN or a part of it, which makes pictures",
        _MAKES_PICTURES,
        has(r"(?:generator|netG|G_ema|g_ema|synthesis|mapping\.fc\d+|discriminator|netD)\.|ccbn\d*\."),
    ),
    KindOfFile(
        "a network that enlarges or repairs pictures",
        _MAKES_PICTURES,
        has(r"conv_first\.", r"(?:conv_last|conv_hr|HRconv|conv_up1|upconv1|upsample)\b"),
    ),
)
"""Kinds that make pictures; the names are those that peft, diffusers and kohya's scripts write."""

FINDING_THINGS = (
    KindOfFile(
        _DETECTOR,
        _NEXT,
        has(
            r"roi_heads?\.|rpn(?:_head)?\.|bbox_(?:embed|head|predictor)\.|head\.(?:regression|classification)_head\."
            r"|anchors$|anchor_grid$|dfl\.conv\.|class_labels_classifier\.|module_list\.\d+\.Conv2d\.|box_net\."
        ),
    ),
    KindOfFile(
        _SEGMENTER,
        _NEXT,
        has(
            r"aux_classifier\.|decode_head\.|segmentation_head\.|mask_(?:decoder|head|embed)\.|pixel_(?:decoder|level_module)\."
            r"|outc\.(?:conv|weight)|(?:up|ups)\.?\d+\.(?:conv\.double_conv|up)\.|seg_head\.|upconv\d\."
        ),
    ),
    KindOfFile(_SEGMENTER, _NEXT, has(r"classifier\.(?:0\.convs|0\.project|cbr|low_classifier)\.", r"backbone\.")),
    KindOfFile(
        "a pose or depth model, which finds points or distances", _NEXT, has(r"keypoint_head\.|scratch\.|depth_head\.")
    ),
)
"""Kinds that find something in pictures; the names are those of torchvision, transformers, Ultralytics and others."""

KNOWING_TEXTS = (
    KindOfFile(
        "CLIP or a part of it, which compares pictures with texts",
        _NEXT,
        has(r"text_model\.embeddings\.|token_embedding\.weight$", r"text_projection|logit_scale|text_model\.encoder\."),
    ),
    KindOfFile(
        "a language model",
        _NEXT,
        has(
            r"embed_tokens\.|wte\.weight$|tok_embeddings\.|embed_in\.|word_embeddings\.weight$|encoder\.embed_positions\."
        ),
    ),
    KindOfFile(
        "a speech model",
        _NEXT,
        has(r"feature_extractor\.conv_layers\.|encoder\.pos_conv_embed\.|mel_(?:encoder|filters)"),
    ),
)
"""Kinds that have to do with words."""

WITHOUT_CLASSES = (
    KindOfFile(
        "a network in the middle of learning without labels, which gives no classes",
        _NEXT,
        has(
            r"encoder_[qk]\.|decoder_embed\.|student\.|momentum_encoder\.",
            r"queue$|decoder_blocks\.|teacher\.|projector\.",
        ),
    ),
    KindOfFile(
        "a classifier of Ultralytics (YOLO), which mtgui does not build",
        "export it as ONNX and audit that (yolo export model=FILE format=onnx)",
        has(r"\d+\.linear\.weight$", r"\d+\.m\.\d+\.cv\d\.conv\.weight$"),
    ),
    KindOfFile(
        "a classifier of fastai, which mtgui does not build",
        "if you have the Learner, export its model as ONNX (torch.onnx.export) and audit that, or give the Python file "
        "that builds the network: --architecture-file net.py:factory --trust-code",
        has(r"0\.0\.weight$", r"0\.\d+\.0\.conv1\.weight$", r"1\.[248]\.weight$"),
    ),
)
"""Networks that give no classes, and classifiers of other programs with a way to audit them."""
