from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from backoffice.common.models import Store
from orders.core.pieces import pieces_of


class ProductQuerySet(models.QuerySet["Product"]):
    def for_store(self, store: Store) -> Self:
        return self.filter(store=store)


class Product(models.Model):
    """What the store sells; order lines point at it by merchant code, not by key, since files come in any order."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+", db_index=False)
    code = models.CharField(_("Product code"), max_length=100)
    title = models.CharField(_("Title"), max_length=500)
    platform_id = models.CharField(_("Platform item id"), max_length=40, blank=True)
    brand = models.CharField(_("Brand"), max_length=60, blank=True, db_default="")
    supplier = models.CharField(_("Supplier"), max_length=60, blank=True, db_default="")
    packing_instruction = models.CharField(_("Packing instruction"), max_length=300, blank=True, db_default="")
    needs_brand_check = models.BooleanField(_("Check the brand label before shipping"), default=False, db_default=False)
    needs_packing_check = models.BooleanField(_("Check the packing before shipping"), default=False, db_default=False)
    is_active = models.BooleanField(_("For sale"), default=True, db_default=True)
    version = models.PositiveIntegerField(default=1, db_default=1)

    objects = ProductQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "code"], name="product_store_code_unique")]
        indexes = [
            models.Index(
                fields=["store", "platform_id"], name="product_platform_id", condition=~Q(platform_id="")
            ),  # of lines without a merchant code
            GinIndex(pieces_of(F("title")), name="product_title_grams", fastupdate=False),
        ]

    def __str__(self) -> str:
        return self.title


class SkuQuerySet(models.QuerySet["Sku"]):
    def for_store(self, store: Store) -> Self:
        return self.filter(store=store)

    def counted(self) -> Self:
        return self.filter(counted_at__isnull=False)

    def low(self) -> Self:
        """Counted, and with no more to promise than the store wants to keep."""
        return self.counted().filter(is_active=True, on_hand__lte=F("reserved") + F("safety_stock"))


class Sku(models.Model):
    """One sellable spec of a product; holds stock.

    `on_hand` and `reserved` are the sums of its movements: only services.stock writes them. A sku that was never
    counted (`counted_at` is NULL) is never short and reserves nothing.
    """

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+", db_index=False)
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="skus")
    code = models.CharField(_("Merchant code"), max_length=100)
    spec = models.CharField(_("Spec"), max_length=300, blank=True)
    barcode = models.CharField(_("Barcode"), max_length=40, blank=True, db_default="")
    location = models.CharField(_("Shelf"), max_length=40, blank=True, db_default="")
    needs_check = models.BooleanField(_("Check each piece before shipping"), default=False, db_default=False)
    safety_stock = models.PositiveIntegerField(_("Safety stock"), default=0, db_default=0)
    is_active = models.BooleanField(_("For sale"), default=True, db_default=True)
    on_hand = models.IntegerField(_("On hand"), default=0, db_default=0)
    reserved = models.IntegerField(_("Reserved"), default=0, db_default=0)
    counted_at = models.DateTimeField(_("Counted"), null=True)
    # of the nightly job: pieces that left in the store's window of days, and how long what is free lasts at that pace
    sold_count = models.PositiveIntegerField(default=0, db_default=0)
    cover_days = models.DecimalField(max_digits=7, decimal_places=1, null=True)
    demand_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1, db_default=1)

    objects = SkuQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "code"], name="sku_store_code_unique"),
            models.CheckConstraint(condition=Q(on_hand__gte=0), name="sku_on_hand_not_negative"),
            models.CheckConstraint(
                condition=Q(reserved__gte=0, reserved__lte=F("on_hand")), name="sku_reserved_within_on_hand"
            ),
            models.CheckConstraint(
                condition=Q(counted_at__isnull=False) | Q(on_hand=0, reserved=0), name="sku_uncounted_is_empty"
            ),
        ]
        indexes = [
            models.Index(fields=["store", "barcode"], name="sku_barcode", condition=~Q(barcode="")),
            models.Index(
                fields=["store", "code"], name="sku_low",
                condition=Q(counted_at__isnull=False, is_active=True, on_hand__lte=F("reserved") + F("safety_stock")),
            ),
            models.Index(fields=["store", "code"], name="sku_uncounted", condition=Q(counted_at__isnull=True)),
            models.Index(
                fields=["store", "cover_days", "id"], name="sku_cover", condition=Q(cover_days__isnull=False)
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.code

    @property
    def free(self) -> int:
        """Pieces on hand that no order has been promised."""
        return self.on_hand - self.reserved


class GiftRule(models.Model):
    """买赠: orders that meet it get pieces of a sku on a line of their own, named after the rule and never billed."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(_("Name"), max_length=60)
    is_active = models.BooleanField(_("On"), default=True)
    starts_at = models.DateTimeField(_("From"))  # by the time of payment
    ends_at = models.DateTimeField(_("Until"), null=True)  # exclusive
    min_amount = models.DecimalField(_("Paid at least"), max_digits=12, decimal_places=2, null=True)
    min_pieces = models.PositiveIntegerField(_("Pieces at least"), default=1)  # of the products, where some are named
    product_codes = ArrayField(models.CharField(max_length=100), default=list, blank=True)  # empty: any product
    gift = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="+")
    quantity = models.PositiveSmallIntegerField(_("Gift pieces"), default=1)
    limit = models.PositiveIntegerField(_("Limit (orders)"), null=True)
    given_count = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "name"], name="giftrule_store_name_unique"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="giftrule_quantity_positive"),
            models.CheckConstraint(
                condition=Q(limit__isnull=True) | Q(given_count__lte=F("limit")), name="giftrule_within_limit"
            ),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")), name="giftrule_ends_later"
            ),
        ]

    def __str__(self) -> str:
        return self.name
