"""What is no classifier is named for what it is, and only if nothing fits."""

import json
from pathlib import Path

import pytest

from mtgui.auditing.architectures.other_models import kind_in_words
from mtgui.auditing.architectures.recognise import OtherModelError, RecognitionError, recognise
from mtgui.cli.main import run
from mtgui.reading.errors import ModelError
from mtgui.reading.facts import TensorFacts
from mtgui.reading.reader import inspect_model
from tests.auditing.tiny_networks import facts_from, facts_of_shapes, table_script
from tests.reading.reading_helpers import described, safetensors

PEFT = "base_model.model.vit.encoder.layer.0.attention.attention.query."
UNET = "down_blocks.0.attentions.0.transformer_blocks.0.attn1."


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ([f"{PEFT}lora_A.weight", f"{PEFT}lora_B.weight", "base_model.model.classifier.weight"], "a LoRA, a change to"),
        ([f"{PEFT}base_layer.weight", f"{PEFT}lora_A.default.weight", "a", "b", "c", "d"], "LoRA that is not merged"),
        ([f"lora_unet_down_0.{end}" for end in ("alpha", "lora_down.weight", "lora_up.weight")], "makes pictures"),
        ([f"lora_te1_text_model_0.{end}" for end in ("alpha", "lora_down.weight", "lora_up.weight")], "makes pict"),
        ([f"unet.{UNET}to_q.lora_A.weight", f"unet.{UNET}to_q.lora_B.weight"], "LoRA, a change to a model that"),
        ([f"{UNET}processor.to_q_lora.down.weight", f"{UNET}processor.to_q_lora.up.weight"], "a LoRA, a change to a"),
        (["transformer.single_transformer_blocks.0.attn.to_k.lora_A.weight"], "LoRA, a change to a model that makes"),
        ([f"lora_unet_mid_block.hada_w{end}" for end in ("1_a", "1_b", "2_a", "2_b")], "a LoHa"),
        (["lycoris_mid_block.lokr_w1", "lycoris_mid_block.lokr_w2", "lycoris_mid_block.alpha"], "a LoKr"),
        (["emb_params"], "a textual inversion"),
        (["<my-cat>"], "a textual inversion"),
        (["*"], "a textual inversion"),
        (["clip_g", "clip_l"], "a textual inversion"),
        (["controlnet_cond_embedding.conv_in.weight", "down_blocks.0.resnets.0.conv1.weight"], "a ControlNet"),
        (["control_model.input_hint_block.0.weight"], "a ControlNet"),
        (["image_proj.norm.weight", "ip_adapter.1.to_k_ip.weight"], "an IP-Adapter"),
        (["model.diffusion_model.out.2.bias", "first_stage_model.decoder.conv_in.bias"], "a whole diffusion model"),
        (["down_blocks.0.x", "up_blocks.0.x", "time_embedding.linear_1.weight"], "the UNet of a diffusion model"),
        (["input_blocks.0.0.weight", "output_blocks.0.0.bias", "time_embed.0.weight"], "the UNet of a diffusion model"),
        (["double_blocks.0.img_attn.qkv.weight", "time_in.in_layer.weight"], "the transformer of a diffusion model"),
        (["model.diffusion_model.joint_blocks.0.x", "first_stage_model.decoder.x"], "Stable Diffusion 3 or a part"),
        (["double_blocks.0.img_attn.x", "single_blocks.0.x", "img_in.weight"], "Flux or a model of its kind"),
        (["patch_embedding.weight", "text_embedding.0.weight", "blocks.0.cross_attn.k.weight"], "a model that makes"),
        ([f"lora_unet_down_0.{end}" for end in ("dora_scale", "lora_down.weight", "lora_up.weight")], "a DoRA"),
        (["encoder.down_blocks.0.x", "decoder.up_blocks.0.x", "quant_conv.weight"], "a VAE"),
        (["encoder.down.0.block.0.x", "decoder.up.0.block.0.x"], "a VAE"),
        (["text_model.embeddings.token_embedding.weight", "text_model.encoder.layers.0.x", "logit_scale"], "CLIP or a"),
        (["model.embed_tokens.weight", "model.layers.0.mlp.up_proj.weight", "lm_head.weight"], "a language model"),
        (["transformer.wte.weight", "transformer.h.0.ln_1.weight"], "a language model"),
        (["backbone.body.conv1.weight", "rpn.head.cls_logits.weight", "roi_heads.box_head.fc6.weight"], "a detector"),
        (["head.classification_head.module_list.0.weight", "backbone.features.0.weight"], "a detector"),
        (["22.cv2.0.0.conv.weight", "22.dfl.conv.weight", "0.conv.weight"], "a detector"),
        (["24.m.0.weight", "24.anchors"], "a detector"),
        (["module_list.0.Conv2d.weight", "module_list.0.BatchNorm2d.weight"], "a detector"),
        (["class_embed.weight", "bbox_embed.layers.0.weight", "query_embed.weight"], "a detector"),
        (["backbone.conv1.weight", "classifier.0.convs.0.0.weight", "aux_classifier.0.weight"], "a segmentation"),
        (["backbone.conv1.weight", "classifier.0.convs.0.0.weight", "classifier.4.weight"], "a segmentation model"),
        (["encoder.conv1.weight", "decoder.blocks.0.conv1.0.weight", "segmentation_head.0.weight"], "a segmentation"),
        (["segformer.encoder.block.0.x", "decode_head.classifier.weight"], "a segmentation model"),
        (["inc.double_conv.0.weight", "up1.conv.double_conv.0.weight", "outc.conv.weight"], "a segmentation model"),
        (["image_encoder.pos_embed", "mask_decoder.iou_token.weight"], "a segmentation model"),
        (["pretrained.x", "scratch.layer1_rn.weight"], "a pose or depth model"),
        (["mapping.fc0.weight", "synthesis.b4.const"], "a GAN"),
        (["generator.main.0.weight", "discriminator.main.0.weight"], "a GAN"),
        (["conv_first.weight", "body.0.rdb1.conv1.weight", "conv_up1.weight"], "enlarges or repairs"),
        (["encoder.0.weight", "fc_mu.weight", "fc_var.weight"], "a VAE"),
        (["encoder.embed_positions.weight", "layers.0.fc1.weight"], "a language model"),
        (["wav2vec2.feature_extractor.conv_layers.0.conv.weight"], "a speech model"),
        (["encoder_q.conv1.weight", "encoder_k.conv1.weight", "queue"], "learning without labels"),
        (["student.backbone.cls_token", "teacher.backbone.cls_token"], "learning without labels"),
        (["patch_embed.proj.weight", "decoder_embed.weight", "decoder_blocks.0.norm1.weight"], "without labels"),
        (["0.conv.weight", "2.m.0.cv1.conv.weight", "9.linear.weight"], "Ultralytics .* format=onnx"),
        (["0.0.weight", "0.4.0.conv1.weight", "1.2.weight", "1.8.weight"], "a classifier of fastai"),
        (["fc.weight", "fc.weight.absmax", "fc.weight.quant_map"], "quantised by bitsandbytes"),
        (["fc.weight", "fc.SCB"], "quantised by bitsandbytes"),
        (["fc.qweight", "fc.qzeros", "fc.scales", "fc.g_idx"], "quantised by GPTQ or AWQ"),
        (["fc.weight", "fc.weight_scale"], "quantised: its weights"),
        (["fc.weight", "fc.weight_fake_quant.scale", "fc.weight_fake_quant.zero_point"], "quantised by PyTorch"),
        (["fc.scale", "fc.zero_point", "fc._packed_params.dtype"], "quantised"),
        (["conv1.weight_orig", "conv1.weight_mask", "fc.bias"], "a pruned model: .*prune.remove"),
        (["conv1.weight_orig", "conv1.weight_u", "conv1.weight_v"], "a model with spectral normalisation"),
        (["fc.parametrizations.weight.original0", "fc.parametrizations.weight.original1"], "parametrised weights"),
        (["fc.parametrizations.weight.original", "fc.parametrizations.weight.0._u"], "parametrised weights"),
        (["fc.weight_g", "fc.weight_v", "fc.bias"], "a model with weight normalisation: .*remove_weight_norm"),
        ([f"{PEFT}ia3_l"], "an adapter, a change to another model"),
    ],
)  # fmt: skip
def test_each_kind_has_its_name(names: list[str], said: str) -> None:
    with pytest.raises(OtherModelError, match=f"m.pth: it is .*{said}") as caught:
        recognise(facts_from({name: TensorFacts(name, "F32", (8, 8)) for name in names}))
    assert "; " in str(caught.value)


@pytest.mark.parametrize("names", [[], ["alpha"], ["conv1.weight", "fc.weight", "lora"], ["encoder.down.weight"]])
def test_other_names_stand_for_nothing(names: list[str]) -> None:
    assert kind_in_words(names) is None


def test_no_classifier_is_called_by_such_a_name() -> None:
    script = table_script()
    for architecture in ("resnet18", "vit_b_16", "swin_t", "convnext_tiny", "googlenet"):
        names = [tensor.name for tensor in facts_of_shapes(script.shapes(architecture, classes=7)).tensors]
        assert kind_in_words(names) is None


def test_what_is_wrong_with_the_architecture_chosen_is_said_first() -> None:
    facts = facts_of_shapes(table_script().shapes("resnet18", classes=7))
    more = TensorFacts("roi_head.weight", "F32", (8, 8))
    both = facts_from({tensor.name: tensor for tensor in (*facts.tensors, more)})
    with pytest.raises(OtherModelError):
        recognise(both)
    with pytest.raises(RecognitionError, match=r"not those of ResNet-18 .*“roi_head\.weight” has no place in it"):
        recognise(both, architecture="torchvision/resnet18")


def test_the_folder_of_an_adapter(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = {f"{PEFT}lora_A.weight": described(), f"{PEFT}lora_B.weight": described(start=24, end=48)}
    (tmp_path / "adapter_model.safetensors").write_bytes(safetensors(data, bytes(48)))
    (tmp_path / "adapter_config.json").write_text(json.dumps({"peft_type": "LORA"}))
    assert run(["inspect", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert "it is a LoRA" in said
    assert "merge_and_unload" in said


def test_the_folder_of_a_model_that_makes_pictures(tmp_path: Path) -> None:
    (tmp_path / "model_index.json").write_text("{}")
    with pytest.raises(ModelError, match="the folder of a diffusion model of an unknown kind, without a UNet"):
        inspect_model(tmp_path)
