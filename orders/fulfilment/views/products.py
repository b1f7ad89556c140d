"""Products and their skus: a list, and forms to add and edit them one by one."""

from typing import Any

from django import forms
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from backoffice.common.access import Right, requires
from backoffice.common.middleware import StoreRequest
from backoffice.common.toasts import notify
from backoffice.common.web import wants_partial
from orders.core.services import OrderError
from orders.fulfilment.models import Product, Sku
from orders.fulfilment.queries.skus import sku_numbers
from orders.fulfilment.queries.stock import products_page
from orders.fulfilment.services.products import ProductValues, SkuValues, save_product, save_sku
from orders.fulfilment.services.products.editing import MOST_KEPT
from orders.fulfilment.views.product_rows import product_rows

INVALID, CONFLICT = 422, 409
_LONGEST = 60
_SKUS = 200  # shown of one product


class ProductForm(forms.Form):
    code = forms.CharField(label=gettext_lazy("Product code"), max_length=100)
    title = forms.CharField(label=gettext_lazy("Title"), max_length=500)
    platform_id = forms.CharField(label=gettext_lazy("Platform item id"), max_length=40, required=False)
    brand = forms.CharField(label=gettext_lazy("Brand"), max_length=60, required=False)
    supplier = forms.CharField(label=gettext_lazy("Supplier"), max_length=60, required=False)
    packing_instruction = forms.CharField(
        label=gettext_lazy("Packing instruction"), max_length=300, required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip
    needs_brand_check = forms.BooleanField(label=gettext_lazy("Check the brand label before shipping"), required=False)
    needs_packing_check = forms.BooleanField(label=gettext_lazy("Check the packing before shipping"), required=False)
    is_active = forms.BooleanField(label=gettext_lazy("For sale"), required=False, initial=True)


class SkuForm(forms.Form):
    code = forms.CharField(label=gettext_lazy("Merchant code"), max_length=100)
    spec = forms.CharField(label=gettext_lazy("Spec"), max_length=300, required=False)
    barcode = forms.CharField(label=gettext_lazy("Barcode"), max_length=40, required=False)
    location = forms.CharField(label=gettext_lazy("Shelf"), max_length=40, required=False)
    safety_stock = forms.IntegerField(
        label=gettext_lazy("Safety stock"), min_value=0, max_value=MOST_KEPT, initial=0
    )  # fmt: skip
    needs_check = forms.BooleanField(label=gettext_lazy("Check each piece before shipping"), required=False)
    is_active = forms.BooleanField(label=gettext_lazy("For sale"), required=False, initial=True)


@require_GET
@requires(Right.SHIP)
def product_list(request: StoreRequest) -> HttpResponse:
    search, path = (
        request.GET.get("search", "").replace("\0", "").strip()[:_LONGEST],
        reverse("fulfilment:product-list"),
    )
    page = products_page(
        request.store, search=search, after=request.GET.get("after", ""), before=request.GET.get("before", "")
    )
    products: list[Any] = page.rows
    numbers = sku_numbers(products)
    made = request.GET.copy()
    context = {
        "active_nav": "stock",
        "list_path": path,
        "rows": product_rows(products, numbers),
        "search": search,
        "query_string": f"search={search}" if search else "",
        "next_url": _page_url(path, made, "after", page.next_key),
        "previous_url": _page_url(path, made, "before", page.previous_key),
    }
    template = "fulfilment/_product_list.html" if wants_partial(request) else "fulfilment/product_list.html"
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _page_url(path: str, query: Any, name: str, key: str) -> str:
    if not key:
        return ""
    made = query.copy()
    for other in ("after", "before"):
        made.pop(other, None)
    made[name] = key
    return f"{path}?{made.urlencode()}"


@require_http_methods(["GET", "POST"])
@requires(Right.SHIP)
def product_edit(request: StoreRequest, pk: int | None = None) -> HttpResponse:
    """Add a product, or edit one; its skus stand below."""
    product = _product(request, pk) if pk else None
    form = ProductForm(request.POST or None, initial=_values(product, ProductForm))
    if request.method == "GET":
        return _product_page(request, product, form)
    if not form.is_valid():
        return _product_page(request, product, form, status=INVALID)
    try:
        saved = save_product(
            store=request.store, values=ProductValues(**form.cleaned_data), actor=request.user, at=timezone.now(),
            product_id=pk, version=posted_version(request),
        )  # fmt: skip
    except OrderError as error:
        rows = both_values(form, _product(request, pk)) if pk and error.code == "version" else []
        return _product_page(request, _product(request, pk) if pk else None, form, error=error, rows=rows)
    notify(request, _("%(code)s is saved.") % {"code": saved.code})
    return HttpResponseRedirect(reverse("fulfilment:product", args=[saved.pk]))


@require_http_methods(["GET", "POST"])
@requires(Right.SHIP)
def sku_edit(request: StoreRequest, pk: int, sku_pk: int | None = None) -> HttpResponse:
    """Add a sku to a product, or edit one."""
    product = _product(request, pk)
    sku = _sku(product, sku_pk) if sku_pk else None
    form = SkuForm(request.POST or None, initial=_values(sku, SkuForm))
    if request.method == "GET":
        return _sku_page(request, product, sku, form)
    if not form.is_valid():
        return _sku_page(request, product, sku, form, status=INVALID)
    try:
        saved = save_sku(
            store=request.store, values=SkuValues(product_id=product.pk, **form.cleaned_data), actor=request.user,
            at=timezone.now(), sku_id=sku_pk, version=posted_version(request),
        )  # fmt: skip
    except OrderError as error:
        fresh = _sku(product, sku_pk) if sku_pk else None
        rows = both_values(form, fresh) if fresh and error.code == "version" else []
        return _sku_page(request, product, fresh, form, error=error, rows=rows)
    notify(request, _("%(code)s is saved.") % {"code": saved.code})
    return HttpResponseRedirect(reverse("fulfilment:product", args=[product.pk]))


def _product(request: StoreRequest, pk: int) -> Product:
    product = Product.objects.for_store(request.store).filter(pk=pk).first()
    if product is None:
        raise Http404
    return product


def _sku(product: Product, pk: int) -> Sku:
    sku = product.skus.filter(pk=pk).first()
    if sku is None:
        raise Http404
    return sku


def _values(row: Product | Sku | None, form: type[forms.Form]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in form.base_fields} if row else {}


def posted_version(request: StoreRequest) -> int | None:
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None  # noqa: PLR2004 -- an integer column


def both_values(form: forms.Form, row: Product | Sku) -> list[dict[str, Any]]:
    """Return what differs between what is saved now and what was typed."""
    yours = form.cleaned_data
    return [
        {"label": form.fields[name].label, "theirs": getattr(row, name), "yours": value}
        for name, value in yours.items() if getattr(row, name) != value
    ]  # fmt: skip


def _product_page(
    request: StoreRequest, product: Product | None, form: forms.Form, *, status: int = 200,
    error: OrderError | None = None, rows: list[dict[str, Any]] | None = None,
) -> HttpResponse:  # fmt: skip
    if error is not None:
        status = _told(form, error)
    skus = list(product.skus.order_by("code")[:_SKUS]) if product else []
    context = {"active_nav": "stock", "product": product, "form": form, "skus": skus, "conflict_rows": rows}
    return render(request, "fulfilment/product_edit.html", context, status=status)


def _sku_page(
    request: StoreRequest, product: Product, sku: Sku | None, form: forms.Form, *, status: int = 200,
    error: OrderError | None = None, rows: list[dict[str, Any]] | None = None,
) -> HttpResponse:  # fmt: skip
    if error is not None:
        status = _told(form, error)
    context = {"active_nav": "stock", "product": product, "sku": sku, "form": form, "conflict_rows": rows}
    return render(request, "fulfilment/sku_edit.html", context, status=status)


def _told(form: forms.Form, error: OrderError) -> int:
    form.add_error(None, str(error))
    return CONFLICT if error.code == "version" else INVALID
